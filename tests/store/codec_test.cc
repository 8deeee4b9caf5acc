// Facts as bytes of state.db.
#include "store/codec.h"

#include <gtest/gtest.h>

#include <string>

namespace patchmilter::store {
namespace {

series::MailFacts Facts() {
  series::MailFacts facts;
  facts.id = 7;
  facts.message_id = "a@example.org";
  facts.kind = mime::MailKind::kSpam;
  facts.backport = mime::Backport::kAutosel;
  facts.subject = mime::ParseSubject("[PATCH AUTOSEL 6.1 2/3] x");
  facts.references = {"b@example.org"};
  facts.has_diff = true;
  return facts;
}

TEST(Facts, ComeBackAsTheyWere) {
  const std::string bytes = EncodeFacts(Facts());
  const auto got = DecodeFacts(bytes);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->kind, mime::MailKind::kSpam);
  EXPECT_EQ(got->backport, mime::Backport::kAutosel);
  EXPECT_EQ(EncodeFacts(*got), bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeFacts(std::string_view(bytes).substr(0, size)));
  }
}

// Layout 1 had neither `backport` nor `text_size`.
TEST(Facts, OfTheFirstLayoutAreRead) {
  series::MailFacts facts = Facts();
  facts.backport = mime::Backport::kNone;
  std::string old = EncodeFacts(facts);
  old[0] = 1;
  old.resize(old.size() - 5);
  const auto got = DecodeFacts(old);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(EncodeFacts(*got), EncodeFacts(facts));
  old[0] = 3;
  EXPECT_FALSE(DecodeFacts(old));
}

}  // namespace
}  // namespace patchmilter::store
