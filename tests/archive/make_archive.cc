#include "tests/archive/make_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

namespace patchmilter::testing {
namespace {

la_ssize_t Append(struct archive*, void* context, const void* buffer,
                  size_t size) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(buffer),
                                             size);
  return static_cast<la_ssize_t>(size);
}

struct archive* Begin(Packer packer) {
  struct archive* handle = archive_write_new();
  int code = ARCHIVE_OK;
  switch (packer) {
    case Packer::kNone:
      break;
    case Packer::kGzip:
      code = archive_write_add_filter_gzip(handle);
      break;
    case Packer::kBzip2:
      code = archive_write_add_filter_bzip2(handle);
      break;
    case Packer::kXz:
      code = archive_write_add_filter_xz(handle);
      break;
    case Packer::kZstd:
      code = archive_write_add_filter_zstd(handle);
      break;
  }
  EXPECT_EQ(code, ARCHIVE_OK);
  archive_write_set_bytes_in_last_block(handle, 1);
  return handle;
}

void Write(struct archive* handle, const TarFile& file) {
  struct archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, file.name.c_str());
  archive_entry_set_mtime(entry, file.time, 0);
  archive_entry_set_perm(entry, 0644);
  archive_entry_set_filetype(entry, file.kind == 'd'   ? AE_IFDIR
                                    : file.kind == 'l' ? AE_IFLNK
                                                       : AE_IFREG);
  if (file.kind == 'l') archive_entry_set_symlink(entry, file.bytes.c_str());
  if (file.kind == 'h') archive_entry_set_hardlink(entry, file.bytes.c_str());
  archive_entry_set_size(
      entry, file.kind == 'f' ? static_cast<la_int64_t>(file.bytes.size()) : 0);
  EXPECT_EQ(archive_write_header(handle, entry), ARCHIVE_OK)
      << archive_error_string(handle);
  if (file.kind == 'f') {
    EXPECT_EQ(archive_write_data(handle, file.bytes.data(), file.bytes.size()),
              static_cast<la_ssize_t>(file.bytes.size()));
  }
  archive_entry_free(entry);
}

}  // namespace

std::string MakeTar(const std::vector<TarFile>& files, Packer packer,
                    TarFormat format) {
  std::string out;
  struct archive* handle = Begin(packer);
  switch (format) {
    case TarFormat::kUstar:
      archive_write_set_format_ustar(handle);
      break;
    case TarFormat::kPax:
      archive_write_set_format_pax(handle);
      break;
    case TarFormat::kGnu:
      archive_write_set_format_gnutar(handle);
      break;
    case TarFormat::kV7:
      archive_write_set_format_v7tar(handle);
      break;
  }
  EXPECT_EQ(archive_write_open(handle, &out, nullptr, Append, nullptr),
            ARCHIVE_OK);
  for (const TarFile& file : files) Write(handle, file);
  EXPECT_EQ(archive_write_close(handle), ARCHIVE_OK);
  archive_write_free(handle);
  return out;
}

std::string Pack(const std::string& bytes, Packer packer) {
  std::string out;
  struct archive* handle = Begin(packer);
  archive_write_set_format_raw(handle);
  EXPECT_EQ(archive_write_open(handle, &out, nullptr, Append, nullptr),
            ARCHIVE_OK);
  Write(handle, {"data", bytes, 0, 'f'});
  EXPECT_EQ(archive_write_close(handle), ARCHIVE_OK);
  archive_write_free(handle);
  return out;
}

}  // namespace patchmilter::testing
