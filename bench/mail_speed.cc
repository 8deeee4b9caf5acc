// mail_speed ROUNDS < PATHS: how fast mails in memory become series, beside
// GMime alone.
//
// Reads the files that standard input names (in that order, one mail each) into
// memory, then, in each round, one after the other:
//   gmime   GMime's parser and decoded text, nothing else
//   parse   ParsePatchMail
//   group   ParsePatchMail, FactsOf, Grouper::Add: raw mail to series
//   wire    encoding what was parsed and decoding it with all its checks
// and prints a line for each: mode, mails, seconds of processor time, seconds
// by the clock. bench/group_speed.py makes the table.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "bench/gmime_alone.h"
#include "mime/patch_mail.h"
#include "series/grouper.h"

namespace patchmilter::bench {
namespace {

double ProcessorSeconds() {
  timespec time{};
  CHECK(::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Time(const char* mode, const std::vector<std::string>& mails,
          const std::function<std::size_t()>& run) {
  const double processor = ProcessorSeconds();
  const auto clock = std::chrono::steady_clock::now();
  const std::size_t made = run();
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - clock;
  std::printf("%s %zu %.6f %.6f %zu\n", mode, mails.size(),
              ProcessorSeconds() - processor, took.count(), made);
  std::fflush(stdout);
}

std::size_t Group(const std::vector<std::string>& mails) {
  series::Grouper grouper;
  series::MailId id = 0;
  UnixSeconds last = 0;
  for (const std::string& raw : mails) {
    const mime::PatchMail patch = mime::ParsePatchMail(raw);
    last = std::max(last, patch.mail.received.value_or(last));
    static_cast<void>(grouper.Add(series::FactsOf(patch, ++id, "bench", last)));
  }
  return grouper.All().size();
}

int Run(int rounds) {
  std::vector<std::string> mails;
  std::string path;
  while (std::getline(std::cin, path)) mails.push_back(ReadFile(path));
  if (mails.empty()) {
    std::cerr << "mail_speed: no mails: give their paths on standard input\n";
    return 2;
  }
  for (int round = 0; round < rounds; ++round) {
    Time("gmime", mails, [&] {
      std::size_t bytes = 0;
      for (const std::string& raw : mails) bytes += ReadWithGMime(raw);
      return bytes;
    });
    Time("parse", mails, [&] {
      std::size_t files = 0;
      for (const std::string& raw : mails) {
        files += mime::ParsePatchMail(raw).diff.files().size();
      }
      return files;
    });
    Time("group", mails, [&] { return Group(mails); });
    Time("wire", mails, [&] {
      std::size_t bytes = 0;
      for (const std::string& raw : mails) {
        WireWriter out;
        mime::EncodePatchMail(mime::ParsePatchMail(raw), &out);
        CHECK(mime::DecodePatchMail(out.bytes()).has_value());
        bytes += out.bytes().size();
      }
      return bytes;
    });
  }
  return 0;
}

}  // namespace
}  // namespace patchmilter::bench

int main(int argc, char** argv) {
  patchmilter::mime::InitMime();
  return patchmilter::bench::Run(argc > 1 ? std::atoi(argv[1]) : 1);
}
