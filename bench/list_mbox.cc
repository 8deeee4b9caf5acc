// list_mbox MAILS SEED: writes the mails of a simulated list to standard
// output, in order of arrival, as an mbox (mboxrd) with "From list_mbox TIME"
// lines. The same numbers give the same bytes.
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <string_view>

#include "tests/series/simulated_list.h"

namespace {

std::string FromLine(patchmilter::UnixSeconds arrival) {
  const auto time = static_cast<std::time_t>(arrival);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &parts);
  return fmt::format("From list_mbox {}\n", text.data());
}

void WriteQuoted(std::string_view raw) {
  while (!raw.empty()) {
    const size_t end = raw.find('\n');
    const std::string_view line = raw.substr(0, end);
    const size_t quotes = line.find_first_not_of('>');
    if (quotes != line.npos && line.substr(quotes).starts_with("From ")) {
      std::cout << '>';
    }
    std::cout << line << '\n';
    raw.remove_prefix(end == raw.npos ? raw.size() : end + 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: list_mbox MAILS SEED\n";
    return 2;
  }
  std::ios::sync_with_stdio(false);
  patchmilter::simulated::Options options;
  options.mails = std::strtoull(argv[1], nullptr, 10);
  options.seed = std::strtoull(argv[2], nullptr, 10);
  patchmilter::simulated::SimulatedList list(options);
  while (const auto mail = list.Next()) {
    std::cout << FromLine(mail->arrival);
    WriteQuoted(mail->raw);
    std::cout << '\n';
  }
  return std::cout.flush() ? 0 : 1;
}
