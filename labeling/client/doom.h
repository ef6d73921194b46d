#pragma once

#include <map>
#include <string>

#include "labeling/client/call.h"
#include "labeling/client/provider.h"
#include "labeling/client/verdict.h"

namespace funcorr {

// Sees when no request of a run can succeed: three fail alike, for a reason that is not theirs alone, and
// none between them was answered. A context that is too long concerns all only where nothing was answered
// yet.
class DoomWatch {
 public:
  void accepted();
  // True for the third of its kind.
  bool failed(const Verdict& verdict);

 private:
  std::map<std::string, int> alike_;  // by code and parameter, since the last answer
  bool has_accepted_ = false;
};

// For people: what was called, what of it the server refuses, and which option to change.
std::string remedy(const Verdict& verdict, const Call& call, const Provider& provider);

}  // namespace funcorr
