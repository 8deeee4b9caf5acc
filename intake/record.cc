#include "intake/record.h"

#include "base/wire.h"

namespace patchmilter::intake {
namespace {

constexpr std::uint8_t kRecordVersion = 1;

}  // namespace

std::string EncodeRecordHead(const Record& record) {
  WireWriter writer;
  writer.U8(kRecordVersion);
  writer.String(record.list);
  writer.String(record.queue_id);
  writer.String(record.sender);
  writer.Strings(record.recipients);
  writer.String(record.client_name);
  writer.String(record.client_address);
  writer.String(record.helo);
  writer.I64(record.arrival);
  writer.Bool(record.truncated);
  // The length prefix of `raw`, whose bytes follow.
  writer.U64(record.raw.size());
  return writer.Take();
}

std::string EncodeRecord(const Record& record) {
  std::string bytes = EncodeRecordHead(record);
  bytes += record.raw;
  return bytes;
}

std::optional<Record> DecodeRecord(std::string_view bytes) {
  WireReader reader(bytes);
  if (reader.U8() != kRecordVersion) return std::nullopt;
  Record record;
  record.list = reader.String();
  record.queue_id = reader.String();
  record.sender = reader.String();
  record.recipients = reader.Strings();
  record.client_name = reader.String();
  record.client_address = reader.String();
  record.helo = reader.String();
  record.arrival = reader.I64();
  record.truncated = reader.Bool();
  record.raw = reader.String();
  if (!reader.Done()) return std::nullopt;
  return record;
}

}  // namespace patchmilter::intake
