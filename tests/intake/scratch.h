// What the intake's tests share: a directory of their own, records that tell
// themselves apart, and reading all there is.
#ifndef PATCHMILTER_TESTS_INTAKE_SCRATCH_H_
#define PATCHMILTER_TESTS_INTAKE_SCRATCH_H_

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "intake/reader.h"
#include "intake/segment.h"
#include "intake/writer.h"

namespace patchmilter::intake {

class Scratch {
 public:
  Scratch() {
    std::string name =
        (std::filesystem::temp_directory_path() / "patchmilter-intake-XXXXXX")
            .string();
    CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline Record MakeRecord(std::uint64_t number, size_t body = 100) {
  Record record;
  record.list = "dev";
  record.queue_id = fmt::format("Q{}", number);
  record.sender = "author@example.org";
  record.recipients = {"a@example.org", "b@example.org"};
  record.client_name = "mx.example.org";
  record.client_address = "192.0.2.1";
  record.helo = "mx";
  record.arrival = 1'700'000'000 + static_cast<UnixSeconds>(number);
  record.raw = fmt::format("Subject: {}\r\n\r\n", number);
  while (record.raw.size() < body) {
    record.raw += static_cast<char>('a' + record.raw.size() % 26);
  }
  return record;
}

inline SteadyTime Soon(int seconds = 30) {
  return std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
}

inline WriterOptions SmallOptions(const std::string& directory,
                                  bool direct = true) {
  WriterOptions options;
  options.directory = directory;
  options.segment_size = 16 * kBlock;
  options.max_size = 64 << 20;
  options.direct = direct;
  return options;
}

inline std::unique_ptr<Writer> OpenWriter(const WriterOptions& options) {
  Result<std::unique_ptr<Writer>> writer = Writer::Open(options);
  EXPECT_TRUE(writer.ok()) << (writer.ok() ? "" : writer.error().message);
  if (!writer.ok()) std::abort();
  return std::move(writer).value();
}

inline Position MustAppend(Writer& writer, const Record& record) {
  const AppendResult result = writer.Append(record, Soon());
  EXPECT_EQ(result.outcome, AppendResult::Outcome::kStored)
      << result.error.message;
  return result.position;
}

struct Read {
  std::vector<Entry> entries;
  std::vector<std::string> errors;
  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const Entry& entry : entries) ids.push_back(entry.record.queue_id);
    return ids;
  }
};

inline void Drain(Reader& reader, Read* read) {
  while (true) {
    Result<std::optional<Entry>> next = reader.Next();
    if (!next.ok()) {
      read->errors.push_back(next.error().message);
      ASSERT_LT(read->errors.size(), 1000U) << "the same error for ever";
      continue;
    }
    if (!next->has_value()) return;
    read->entries.push_back(std::move(**next));
  }
}

inline Read ReadAllFrom(const std::string& directory, Position from = {}) {
  Read read;
  Result<std::unique_ptr<Reader>> reader = Reader::Open(directory, from);
  EXPECT_TRUE(reader.ok());
  if (reader.ok()) Drain(**reader, &read);
  return read;
}

inline std::vector<std::string> Ids(std::uint64_t first, std::uint64_t last) {
  std::vector<std::string> ids;
  for (; first <= last; ++first) ids.push_back(fmt::format("Q{}", first));
  return ids;
}

// Overwrites bytes of a file, as a bad disk would.
inline void Damage(const std::string& path, std::uint64_t offset,
                   std::string_view bytes) {
  std::FILE* file = std::fopen(path.c_str(), "r+b");
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(std::fseek(file, static_cast<long>(offset), SEEK_SET), 0);
  ASSERT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
  ASSERT_EQ(std::fclose(file), 0);
}

}  // namespace patchmilter::intake

#endif  // PATCHMILTER_TESTS_INTAKE_SCRATCH_H_
