#include "review/own_word.h"

#include <gtest/gtest.h>

#include <string>

namespace patchmilter::review {
namespace {

TEST(OwnWordTest, SaysThatTheFaultIsOld) {
  for (const char* prose : {
           "This isn't a bug introduced by this patch, but can it overflow?",
           "This isn\xE2\x80\x99t a regression introduced by this commit.",
           "While this is not introduced by the new code, who frees it?",
           "These might not be regressions introduced by the new code.",
           "This problem also wasn't\nintroduced by this commit, but why?",
           "I noticed a few issues that are not introduced by this patch.",
           "This is a pre-existing issue, but does it leak?",
           "Enabling the node exposes a pre-existing lifecycle issue.",
           "Pre-existing integer overflow in lamp_set()",
           "The overflow is pre-existing.",
           "This isn't a new issue, but there is a race.",
           "It is not a bug in this patch, but who locks here?",
           "A regression not introduced in this commit: who frees it?",
           "The race existed before this series.",
           "The leak predates the patch.",
           "Unrelated to this patch, the lamp is never freed.",
       }) {
    EXPECT_NE(SaysPreExisting(prose), "") << prose;
  }
}

TEST(OwnWordTest, OtherWordsSayNoSuchThing) {
  for (const char* prose : {
           "",
           "Is this a regression introduced by this patch?",
           "Isn't this a regression introduced by this patch?",
           "This isn't a bug, but there is a typo in the commit message.",
           "The pre-existing lamp_get() helper fails in the same way.",
           "The lamp is not released. The bug was introduced by this patch.",
           "Does this not work with the code that was added in patch 3?",
           "The existing callers pass NULL.",
           "The value is not checked before it is used in this patch.",
           "A new issue: nobody frees the lamp.",
           "This isn't a bug in this code, but the name misleads.",
           "lamp_fade_to() is not introduced in this patch but in patch 3.",
           "The lock is not added by this patch.",
           "Can we be sure it is not called with this change?",
       }) {
    EXPECT_EQ(SaysPreExisting(prose), "") << prose;
  }
}

TEST(OwnWordTest, TellsTheWords) {
  EXPECT_EQ(SaysPreExisting("First. This isn't a bug introduced by this\n"
                            "patch, but is it safe?"),
            "isn't a bug introduced by this patch");
}

}  // namespace
}  // namespace patchmilter::review
