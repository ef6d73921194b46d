#pragma once

#include <string>

#include "labeling/client/provider.h"

namespace funcorr {

// A server as people write it, understood: a trailing slash, a missing version and a pasted endpoint
// ("…/v1/chat/completions") are put right, a query is taken off. "http://host:8000" becomes
// "http://host:8000/v1", and hosts of known providers get their own path; a server whose paths have no
// version is "http://host/.". What is no URL stays as it is.
Server understood_server(Server server);
// All of a provider's.
void understand_servers(Provider& provider);

// Where a request goes: `path`, below the base URL, may have a query of its own.
std::string request_url(const Provider& provider, const Server& server, const std::string& path);

// A query that seems to hold a secret: "key=…", "token=…".
bool holds_key(const std::string& query);

}  // namespace funcorr
