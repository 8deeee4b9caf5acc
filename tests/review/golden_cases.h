// The series whose reviews are kept as golden mails; rendered_test.cc holds
// every rule of the mails against the same ones.
#ifndef PATCHMILTER_TESTS_REVIEW_GOLDEN_CASES_H_
#define PATCHMILTER_TESTS_REVIEW_GOLDEN_CASES_H_

#include <functional>
#include <string>
#include <vector>

#include "review/render.h"

namespace patchmilter::review {

struct GoldenCase {
  std::string name;
  std::function<std::vector<ReviewMail>()> render;
};

std::vector<GoldenCase> GoldenCases();

}  // namespace patchmilter::review

#endif  // PATCHMILTER_TESTS_REVIEW_GOLDEN_CASES_H_
