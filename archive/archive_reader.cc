#include "archive/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/handle.h"
#include "base/log.h"

namespace patchmilter::archive {
namespace {

using std::string_view_literals::operator""sv;

using ArchiveHandle = CHandle<struct archive, archive_read_free>;

constexpr std::size_t kBlock = 256UL << 10;

// The checksum of a tar header: its bytes as numbers, with its own field taken
// as blanks (POSIX pax, "ustar Interchange Format"; v7 had it already).
bool IsTarHeader(std::string_view head) {
  constexpr std::size_t kField = 148;
  constexpr std::size_t kFieldSize = 8;
  if (head.size() < kPackedHead) return false;
  unsigned sum = 0;
  for (std::size_t i = 0; i < kPackedHead; ++i) {
    const bool own = i >= kField && i < kField + kFieldSize;
    sum += static_cast<unsigned char>(own ? ' ' : head[i]);
  }
  unsigned written = 0;
  bool digits = false;
  for (const char c : head.substr(kField, kFieldSize)) {
    if (c == ' ' && !digits) continue;
    if (c < '0' || c > '7') break;
    written = written * 8 + static_cast<unsigned>(c - '0');
    digits = true;
  }
  return digits && written == sum;
}

}  // namespace

bool LooksPacked(std::string_view head) {
  constexpr std::array<std::string_view, 4> kMarks = {"\x1f\x8b"sv, "BZh"sv,
                                                      "\xfd"
                                                      "7zXZ\0"sv,
                                                      "\x28\xb5\x2f\xfd"sv};
  return std::any_of(
             kMarks.begin(), kMarks.end(),
             [&](std::string_view mark) { return head.starts_with(mark); }) ||
         IsTarHeader(head);
}

struct ArchiveReader::State {
  ByteSource bytes;
  std::string name;
  std::array<char, kBlock> block{};
  std::uint64_t taken = 0;
  std::optional<Error> error;  // Of `bytes`.
  bool single = false;
  ArchiveHandle archive;

  Error Fail() const {
    if (error) return *error;
    const char* message = archive_error_string(archive.get());
    return InvalidInput(
        name + " is cut or damaged: " +
        (message != nullptr ? log::Clean(message) : "it cannot be unpacked"));
  }

  // What could throw here is the want of memory, which ends us anyway.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  static la_ssize_t Give(struct archive* handle, void* context,
                         const void** buffer) noexcept {
    auto* state = static_cast<State*>(context);
    *buffer = state->block.data();
    const Result<std::size_t> got =
        state->bytes(state->block.data(), state->block.size());
    if (!got.ok()) {
      state->error = got.error();
      archive_set_error(handle, EIO, "reading failed");
      return -1;
    }
    state->taken += *got;
    return static_cast<la_ssize_t>(*got);
  }
};

ArchiveReader::ArchiveReader(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
ArchiveReader::~ArchiveReader() = default;

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::Open(ByteSource bytes,
                                                           std::string name) {
  auto state = std::make_unique<State>();
  state->bytes = std::move(bytes);
  state->name = std::move(name);
  state->archive.reset(archive_read_new());
  struct archive* handle = state->archive.get();
  if (handle == nullptr) return Temporary(state->name + ": no memory");
  for (const int code : {archive_read_support_filter_gzip(handle),
                         archive_read_support_filter_bzip2(handle),
                         archive_read_support_filter_xz(handle),
                         archive_read_support_filter_zstd(handle),
                         archive_read_support_format_tar(handle),
                         archive_read_support_format_empty(handle),
                         archive_read_support_format_raw(handle)}) {
    // A warning says that another program would be started for it.
    if (code != ARCHIVE_OK) {
      return Permanent(state->name +
                       ": this libarchive cannot unpack by itself");
    }
  }
  if (archive_read_open(handle, state.get(), nullptr, State::Give, nullptr) !=
      ARCHIVE_OK) {
    return state->Fail();
  }
  return std::unique_ptr<ArchiveReader>(new ArchiveReader(std::move(state)));
}

Result<std::optional<Member>> ArchiveReader::Next() {
  struct archive* handle = state_->archive.get();
  while (true) {
    struct archive_entry* entry = nullptr;
    const int code = archive_read_next_header(handle, &entry);
    if (code == ARCHIVE_EOF) return std::optional<Member>();
    // A warning (a name that is in no charset) leaves the entry usable. To try
    // again would go on behind the damage as if nothing were missing.
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return state_->Fail();
    state_->single = archive_format(handle) == ARCHIVE_FORMAT_RAW;
    // It had a packer's mark, and yet nothing unpacks it.
    if (state_->single &&
        archive_filter_code(handle, 0) == ARCHIVE_FILTER_NONE) {
      return InvalidInput(state_->name + " is cut or damaged at its beginning");
    }
    Member member;
    if (state_->single) return std::optional(std::move(member));
    if (archive_entry_filetype(entry) != AE_IFREG ||
        archive_entry_hardlink(entry) != nullptr) {
      continue;
    }
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) name = archive_entry_pathname_utf8(entry);
    if (name != nullptr) member.name = name;
    member.offset = static_cast<std::uint64_t>(
        std::max<la_int64_t>(archive_read_header_position(handle), 0));
    member.size = static_cast<std::uint64_t>(
        std::max<la_int64_t>(archive_entry_size(entry), 0));
    if (archive_entry_mtime_is_set(entry) != 0) {
      member.time = archive_entry_mtime(entry);
    }
    return std::optional(std::move(member));
  }
}

bool ArchiveReader::single() const { return state_->single; }

Result<std::size_t> ArchiveReader::Read(char* buffer, std::size_t size) {
  while (true) {
    const la_ssize_t got =
        archive_read_data(state_->archive.get(), buffer, size);
    if (got == ARCHIVE_RETRY) continue;
    if (got < 0) return state_->Fail();
    return static_cast<std::size_t>(got);
  }
}

std::uint64_t ArchiveReader::bytes_read() const { return state_->taken; }

}  // namespace patchmilter::archive
