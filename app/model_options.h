// A model that a person names at a desk: in a configuration's [[model]], or by
// its address and a few words.
// Errors name the option. Threads: one. Tested in tests/app/model_test.py.
#ifndef PATCHMILTER_APP_MODEL_OPTIONS_H_
#define PATCHMILTER_APP_MODEL_OPTIONS_H_

#include <string>

#include "base/config.h"
#include "base/result.h"

namespace patchmilter::app {

struct ModelOptions {
  // The name of a [[model]] in `config`, or where a model is: http://…,
  // https://…; "" for no model.
  std::string model;
  std::string config{kDefaultConfigFile};
  // With an address:
  std::string api;      // "" is chat.
  std::string dialect;  // "" is openai.
  std::string model_name;
  std::string key_file;
  std::string effort;
  // With a name:
  std::string budget;  // Dollars for each series; "" is the configuration's.
  // With either:
  std::string prompts;  // A set; "" is the configuration's, else "kernel".
  bool once = false;    // No second pass.
  std::string record;   // Directory of cassettes to make.
  std::string replay;   // Directory of cassettes to answer from.
};

// Sets up `config` (LocalConfig()'s kind) to ask that model. Nothing is changed
// where none is named; then --record and the like are errors.
Status UseModel(const ModelOptions& options, Config* config);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_MODEL_OPTIONS_H_
