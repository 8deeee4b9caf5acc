#include "base/wire.h"

#include <array>

namespace patchmilter {
namespace {

template <typename Integer>
void AppendLittleEndian(std::string* bytes, Integer value) {
  std::array<char, sizeof(value)> little;
  for (size_t i = 0; i < sizeof(value); ++i) {
    little.at(i) = static_cast<char>((value >> (8 * i)) & 0xff);
  }
  bytes->append(little.data(), little.size());
}

// 0 where `bytes` are fewer: a read that has failed.
template <typename Integer>
Integer LittleEndian(std::string_view bytes) {
  Integer value = 0;
  if (bytes.size() < sizeof(value)) return value;
  for (size_t i = 0; i < sizeof(value); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value = static_cast<Integer>(value | static_cast<Integer>(byte) << (8 * i));
  }
  return value;
}

}  // namespace

void WireWriter::U32(std::uint32_t value) {
  AppendLittleEndian(&bytes_, value);
}

void WireWriter::U64(std::uint64_t value) {
  AppendLittleEndian(&bytes_, value);
}

void WireWriter::String(std::string_view value) {
  U64(value.size());
  bytes_.append(value);
}

void WireWriter::Strings(const std::vector<std::string>& values) {
  Count(values.size());
  for (const std::string& value : values) String(value);
}

std::string_view WireReader::Bytes(std::uint64_t count) {
  if (!ok_ || count > rest_.size()) {
    Fail();
    return {};
  }
  const std::string_view bytes = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return bytes;
}

std::uint8_t WireReader::U8() { return LittleEndian<std::uint8_t>(Bytes(1)); }

std::uint32_t WireReader::U32() {
  return LittleEndian<std::uint32_t>(Bytes(4));
}

std::uint64_t WireReader::U64() {
  return LittleEndian<std::uint64_t>(Bytes(8));
}

bool WireReader::Bool() { return Enum(1) == 1; }

std::uint8_t WireReader::Enum(std::uint8_t max) {
  const std::uint8_t value = U8();
  if (value > max) {
    Fail();
    return 0;
  }
  return value;
}

std::string_view WireReader::StringView() { return Bytes(U64()); }

std::string WireReader::String() { return std::string(StringView()); }

std::vector<std::string> WireReader::Strings() {
  std::vector<std::string> values;
  const size_t count = Count(sizeof(std::uint64_t));
  values.reserve(count);
  for (size_t i = 0; i < count && ok_; ++i) values.push_back(String());
  return values;
}

size_t WireReader::Count(size_t part_size) {
  const std::uint64_t count = U64();
  if (count > rest_.size() / (part_size == 0 ? 1 : part_size)) {
    Fail();
    return 0;
  }
  return static_cast<size_t>(count);
}

}  // namespace patchmilter
