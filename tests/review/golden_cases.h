// The series whose reviews are kept as golden mails; rendered_test.cc holds
// every rule of the mails against the same ones.
#ifndef PATCHMILTER_TESTS_REVIEW_GOLDEN_CASES_H_
#define PATCHMILTER_TESTS_REVIEW_GOLDEN_CASES_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "review/gates.h"
#include "review/render.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {

// A review with all that it was made of.
struct GoldenReview {
  std::shared_ptr<SeriesFixture> fixture;  // Owns the mails.
  SeriesUnderReview under;
  GatedReview review;
  std::vector<ReviewMail> mails;
};

struct GoldenCase {
  std::string name;
  std::function<GoldenReview()> render;
};

std::vector<GoldenCase> GoldenCases();

// What the cases are made with; golden_cases_more.cc has the rest of them.
using ChangeSeries = std::function<void(SeriesUnderReview*)>;
GoldenReview RenderFixture(SeriesFixture fixture,
                           const RenderContext& context = TestContext(),
                           std::vector<Finding> more = {},
                           const ChangeSeries& change = {},
                           const GatePolicy& policy = GatePolicy());
// Its patches apply to a tree that is at hand.
void Applied(SeriesFixture* fixture);
// A finding as a model would report it.
Finding ModelFinding(std::int64_t patch, std::string path,
                     std::vector<std::string> quoted, Severity severity,
                     std::string category, std::string title,
                     std::string explanation);
std::vector<GoldenCase> MoreGoldenCases();

}  // namespace patchmilter::review

#endif  // PATCHMILTER_TESTS_REVIEW_GOLDEN_CASES_H_
