// JSON on the wire: written in the order in which it is said, read without
// being rewritten.
//
// A JsonWriter puts a request together byte by byte: the same calls give the
// same bytes, and what a provider has written before goes in as it is. A
// JsonSlice looks into an answer and hands parts of it out as they stand there,
// numbers, escapes and order included: what is sent back is what came.
//
// What is read is hostile: text that is not JSON or not UTF-8, or nests deeper
// than kMaxJsonDepth, is no value at all.
// Threads: values. Tested in tests/model/wire_json_test.cc.
#ifndef PATCHMILTER_MODEL_WIRE_JSON_H_
#define PATCHMILTER_MODEL_WIRE_JSON_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patchmilter::model {

inline constexpr std::size_t kMaxJsonDepth = 64;

// `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD; only what
// must be escaped is.
void AppendJsonString(std::string_view text, std::string* out);

// Puts commas where they belong; that brackets match is the caller's part.
class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  // `name` needs no escapes.
  JsonWriter& Key(std::string_view name);
  JsonWriter& EscapedKey(std::string_view name);  // Any.
  JsonWriter& String(std::string_view text);
  JsonWriter& Number(std::uint64_t number);
  JsonWriter& Bool(bool value) { return Raw(value ? "true" : "false"); }
  // JSON, one value or several joined by commas. Not "".
  JsonWriter& Raw(std::string_view json);

  const std::string& text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  void Comma();

  std::string text_;
  bool comma_ = false;  // The next value needs one before it.
};

// A value in JSON text, or none. Borrows the text.
class JsonSlice {
 public:
  struct Member;

  JsonSlice() = default;
  // The value that is all of `text`.
  static JsonSlice Of(std::string_view text);

  explicit operator bool() const { return !raw_.empty(); }
  std::string_view raw() const { return raw_; }
  bool IsObject() const { return First() == '{'; }
  bool IsArray() const { return First() == '['; }
  bool IsString() const { return First() == '"'; }
  bool IsNull() const { return First() == 'n'; }
  bool IsTrue() const { return First() == 't'; }

  // The member of an object, the last where a name stands twice; none where it
  // is missing, or this is no object.
  JsonSlice operator[](std::string_view name) const;
  std::vector<Member> Members() const;          // Of an object, in their order.
  std::vector<JsonSlice> Elements() const;      // Of an array.
  std::string Text() const;                     // Of a string; else "".
  std::optional<std::uint64_t> Number() const;  // Where it is one, unsigned.

 private:
  explicit JsonSlice(std::string_view raw) : raw_(raw) {}
  char First() const { return raw_.empty() ? '\0' : raw_.front(); }

  std::string_view raw_;  // Valid, without white space around it.
};

struct JsonSlice::Member {
  std::string name;
  JsonSlice value;
};

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_WIRE_JSON_H_
