// How a section's settings are written down: the member says which type a
// setting has, so that it cannot be given wrongly.
//
// Private to the files that make the table (config_table.h).
#ifndef PATCHMILTER_BASE_CONFIG_SECTIONS_H_
#define PATCHMILTER_BASE_CONFIG_SECTIONS_H_

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "base/config.h"
#include "base/config_table.h"

namespace patchmilter::config {

inline constexpr std::int64_t kHour = 3600;
inline constexpr std::int64_t kDay = 86400;
inline constexpr std::int64_t kKiB = 1 << 10;
inline constexpr std::int64_t kMiB = 1 << 20;
inline constexpr std::int64_t kTiB = 1LL << 40;

template <typename T>
struct MemberPointer;
template <typename S, typename T>
struct MemberPointer<T S::*> {
  using SectionType = S;
  using ValueType = T;
};

template <typename T>
constexpr Storage StorageOf() {
  if constexpr (std::is_same_v<T, std::string>) {
    return Storage::kText;
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return Storage::kTexts;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return Storage::kInteger;
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return Storage::kUnsigned;
  } else if constexpr (std::is_same_v<T, bool>) {
    return Storage::kBool;
  } else {
    static_assert(std::is_same_v<T, DestinationConfig::Kind>);
    return Storage::kKind;
  }
}

template <auto kMember>
void* At(void* section) {
  using S = typename MemberPointer<decltype(kMember)>::SectionType;
  return &(static_cast<S*>(section)->*kMember);
}

// The storage comes from the member itself: it cannot be given wrongly.
template <auto kMember>
Setting Of(Setting setting) {
  using T = typename MemberPointer<decltype(kMember)>::ValueType;
  setting.storage = StorageOf<T>();
  setting.at = At<kMember>;
  return setting;
}

template <auto kMember>
std::vector<void*> One(Config* config) {
  return {&(config->*kMember)};
}

template <auto kMember>
void* OpenOne(Config* config) {
  return &(config->*kMember);
}

template <auto kMember>
std::vector<void*> Each(Config* config) {
  std::vector<void*> all;
  for (auto& section : config->*kMember) all.push_back(&section);
  return all;
}

template <auto kMember>
void* OpenNext(Config* config) {
  (config->*kMember).emplace_back();
  return &(config->*kMember).back();
}

// Of the daemons and of what they need of the machine (config_daemons.cc).
Section MilterSection();
Section IntakeSection();
Section StateSection();
Section IdentitySection();
Section SmtpSection();
// Of lists and their reviews (config_reviews.cc).
Section ReviewSection();
Section QuestionsSection();
// Of models (config_models.cc).
Section ModelSection();
Section AgentSection();
Section BudgetSection();
Section PromptsSection();
Section DestinationSection();
Section TreeSection();
Section ListSection();

}  // namespace patchmilter::config

#endif  // PATCHMILTER_BASE_CONFIG_SECTIONS_H_
