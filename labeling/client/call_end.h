#pragma once

#include <string>

#include "labeling/client/call.h"
#include "labeling/client/engine.h"
#include "labeling/client/http_loop.h"
#include "labeling/client/lane.h"
#include "labeling/client/ledger.h"
#include "labeling/client/verdict.h"

namespace funcorr {

// What the end of a call means: for the ledger, for those who asked, for the run.

// What the ledger is to keep of it. Takes the result's body.
CallRecord record_of(const Lane& lane, const Call& call, const Verdict& verdict, HttpResult& result,
                     bool by_batch);

// The kind of failure of a slot that gets no more attempts; empty: it gets one.
std::string final_kind(const Call& call, const Verdict& verdict, const EngineOptions& options);

// Of Verdict::Action::kStop, for people.
std::string stop_message(const Lane& lane, const Verdict& verdict);

// True: the answer sends the call on to where it may go, and `call` goes there now.
bool follow_redirection(const Lane& lane, Call& call, const HttpResult& result);

}  // namespace funcorr
