#include "base/config_table.h"

#include "base/config_sections.h"

namespace patchmilter::config {

const std::vector<Section>& Sections() {
  static const std::vector<Section>& sections = *new std::vector<Section>{
      MilterSection(),   IntakeSection(),    StateSection(),
      IdentitySection(), SmtpSection(),      ReviewSection(),
      ModelSection(),    AgentSection(),     BudgetSection(),
      PromptsSection(),  QuestionsSection(), DestinationSection(),
      TreeSection(),     ListSection(),
  };
  return sections;
}

std::string_view KindName(DestinationConfig::Kind kind) {
  return kind == DestinationConfig::Kind::kArchive ? "archive" : "list";
}

}  // namespace patchmilter::config
