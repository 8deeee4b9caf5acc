// A plain byte format for records that cross between our own processes or lie
// in our own files: little-endian integers, length-prefixed strings, counts.
//
// The reader trusts nothing (what a parse worker answers may come from a worker
// that a hostile mail has taken over): every read is checked against what is
// left; after the first failure all reads fail and give zeros and empty
// strings, so a decoder reads everything and asks ok() once, at the end.
//
// Threads: one at a time.  Tested in tests/base/wire_test.cc.
#ifndef PATCHMILTER_BASE_WIRE_H_
#define PATCHMILTER_BASE_WIRE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter {

class WireWriter {
 public:
  void U8(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void U32(std::uint32_t value);
  void U64(std::uint64_t value);
  void I64(std::int64_t value) { U64(static_cast<std::uint64_t>(value)); }
  void Bool(bool value) { U8(value ? 1 : 0); }
  void String(std::string_view value);  // U64 length, then the bytes.
  void Strings(const std::vector<std::string>& values);
  // A count in front of repeated parts.
  void Count(size_t value) { U64(value); }

  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class WireReader {
 public:
  // `bytes` must outlive the reader.
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t U8();
  std::uint32_t U32();
  std::uint64_t U64();
  std::int64_t I64() { return static_cast<std::int64_t>(U64()); }
  // Fails on anything but 0 and 1.
  bool Bool();
  std::string String();
  std::string_view StringView();  // Into the bytes given.
  std::vector<std::string> Strings();
  // A count of parts that take at least `part_size` bytes each: fails where
  // that many cannot follow, so that no lie about a count can make us allocate.
  size_t Count(size_t part_size = 1);
  // For enums: a U8 of at most `max`.
  std::uint8_t Enum(std::uint8_t max);
  void Fail() {
    ok_ = false;
    rest_ = {};
  }

  bool ok() const { return ok_; }
  // All read, and nothing left over: left-over bytes mean another format.
  bool Done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view Bytes(std::uint64_t count);

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace patchmilter

#endif  // PATCHMILTER_BASE_WIRE_H_
