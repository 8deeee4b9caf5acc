#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

namespace patchmilter {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 7;
  ASSERT_TRUE(value.ok());
  EXPECT_TRUE(static_cast<bool>(value));
  EXPECT_EQ(*value, 7);
  const Result<int> error = NotFound("x");
  ASSERT_FALSE(error.ok());
  EXPECT_EQ(error.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(error.error().message, "x");
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 3);
}

TEST(Result, OfAStringIsNotTakenForAnError) {
  const Result<std::string> text = std::string("text");
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(text->size(), 4U);
}

TEST(ResultDeathTest, WrongHalfIsABug) {
  EXPECT_DEATH((void)Result<int>(NotFound("x")).value(), "CHECK failed.*ok");
  EXPECT_DEATH((void)Result<int>(1).error(), "CHECK failed");
  EXPECT_DEATH((void)Status().error(), "CHECK failed");
}

TEST(Status, IsOkUntilItHasAnError) {
  EXPECT_TRUE(Status().ok());
  const Status status = Temporary("later");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kTemporary);
}

TEST(Error, WrapKeepsTheKindAndAddsContext) {
  const Error error = InvalidInput("inner").Wrap("middle").Wrap("outer");
  EXPECT_EQ(error.kind, ErrorKind::kInvalidInput);
  EXPECT_EQ(error.message, "outer: middle: inner");
}

TEST(Error, FromErrnoSaysWhatTheCallerMayDo) {
  const struct {
    int number;
    ErrorKind want;
  } cases[] = {
      {ENOENT, ErrorKind::kNotFound},  {EAGAIN, ErrorKind::kTemporary},
      {EINTR, ErrorKind::kTemporary},  {ENOSPC, ErrorKind::kTemporary},
      {EMFILE, ErrorKind::kTemporary}, {ENFILE, ErrorKind::kTemporary},
      {ENOMEM, ErrorKind::kTemporary}, {EBUSY, ErrorKind::kTemporary},
      {EDQUOT, ErrorKind::kTemporary}, {EACCES, ErrorKind::kPermanent},
      {EROFS, ErrorKind::kPermanent},  {EIO, ErrorKind::kPermanent},
  };
  for (const auto& [number, want] : cases) {
    EXPECT_EQ(FromErrno("x", number).kind, want) << number;
  }
  EXPECT_EQ(FromErrno("/a", ENOENT).message, "/a: No such file or directory");
}

TEST(ErrorKind, HasNames) {
  EXPECT_EQ(ErrorKindName(ErrorKind::kInvalidInput), "invalid-input");
  EXPECT_EQ(ErrorKindName(ErrorKind::kNotFound), "not-found");
  EXPECT_EQ(ErrorKindName(ErrorKind::kTemporary), "temporary");
  EXPECT_EQ(ErrorKindName(ErrorKind::kPermanent), "permanent");
}

Result<int> Half(int value) {
  if (value % 2 != 0) return InvalidInput("odd");
  return value / 2;
}

Result<int> Quarter(int value) {
  PM_ASSIGN_OR_RETURN(const int half, Half(value));
  PM_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

Status BothHalve(int a, int b) {
  PM_RETURN_IF_ERROR(Half(a));
  PM_RETURN_IF_ERROR(Half(b));
  return {};
}

TEST(Macros, ReturnTheFirstErrorAndPassValues) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_EQ(Quarter(6).error().message, "odd");
  EXPECT_EQ(Quarter(3).error().message, "odd");
  EXPECT_TRUE(BothHalve(2, 4).ok());
  EXPECT_FALSE(BothHalve(2, 5).ok());
  EXPECT_FALSE(BothHalve(1, 4).ok());
}

}  // namespace
}  // namespace patchmilter
