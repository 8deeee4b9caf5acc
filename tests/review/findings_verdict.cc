// Reads documents from standard input, one a line, and says of each whether
// review/findings_json.h takes it: "ok" or the fault. For
// findings_schema_test.py, which asks the schema file the same.
#include <iostream>
#include <string>

#include "review/findings_json.h"

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto file = patchmilter::review::ParseFindings(line);
    std::cout << (file.ok() ? "ok" : file.error().message) << '\n';
  }
  return 0;
}
