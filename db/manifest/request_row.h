#pragma once

#include <string>

#include "db/dataset/record/ledger.h"
#include "db/manifest/connection.h"

// Inside of db/manifest only: a row of the ledger and the row of its call, as statements of several files
// read them.
namespace funcorr {

inline const std::string kSelectRequest =
    "SELECT request.id, request.key, request.stage, request.item, request.category, request.provider, "
    "request.model, request.state, request.attempt, request.http_status, request.error_code, "
    "coalesce(whole.answer, ''), request.choice, request.billed, whole.tokens_in, whole.tokens_out, "
    "whole.cost, "
    "request.reserved, whole.seconds, whole.id, request.created FROM request JOIN request AS whole ON "
    "whole.id = coalesce(request.call, request.id) ";

RequestRecord read_request(const Query& query);
// What a provider has cost and may cost grows by so much.
void book(Manifest& manifest, const std::string& provider, double spent, double reserved);

}  // namespace funcorr
