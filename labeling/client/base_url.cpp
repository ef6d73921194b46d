#include "labeling/client/base_url.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "db/format/text.h"
#include "labeling/client/provider_preset.h"

namespace funcorr {
namespace {

// What may be pasted behind a base URL; longer ones first.
constexpr std::array<std::string_view, 12> kEndpoints{
    "/chat/completions", "/messages/batches", "/completions", "/embeddings", "/messages",     "/responses",
    "/models",           "/batches",          "/files",       "/api/chat",   "/api/generate", "/api/tags"};

// Azure gives each customer a host.
constexpr std::array<std::string_view, 2> kAzureHosts{".openai.azure.com", ".services.ai.azure.com"};

// Where the API of a host stands that was named without a path.
std::string path_for(const std::string& authority) {
  const std::string host = authority.substr(0, authority.find(':'));
  for (const std::string_view azure : kAzureHosts)
    if (host.ends_with(azure)) return "/openai/v1";
  const std::string start = "://" + host + "/";
  for (const ProviderPreset& preset : provider_presets())
    if (const std::size_t at = preset.base_url.find(start); at != std::string::npos)
      return std::string(preset.base_url.substr(at + start.size() - 1));
  return "/v1";
}

void trim_slashes(std::string& path) {
  while (path.ends_with('/')) path.pop_back();
}

std::string understood_path(std::string path, const std::string& authority) {
  path.erase(std::unique(path.begin(), path.end(), [](char a, char b) { return a == '/' && b == '/'; }),
             path.end());
  trim_slashes(path);
  if (path == "/.") return {};
  for (const std::string_view endpoint : kEndpoints)
    if (path.ends_with(endpoint)) {
      path.resize(path.size() - endpoint.size());
      break;
    }
  trim_slashes(path);
  return path.empty() ? path_for(authority) : path;
}

}  // namespace

Server understood_server(Server server) {
  std::string& url = server.base_url;
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return server;
  url.resize(std::min(url.size(), url.find('#')));
  if (const std::size_t mark = url.find('?'); mark != std::string::npos) {
    if (server.query.empty()) server.query = url.substr(mark + 1);
    url.resize(mark);
  }
  const std::size_t slash = std::min(url.size(), url.find('/', scheme + 3));
  const std::string authority = url.substr(scheme + 3, slash - scheme - 3);
  url = url.substr(0, slash) + understood_path(url.substr(slash), authority);
  return server;
}

void understand_servers(Provider& provider) {
  for (Server& server : provider.servers) server = understood_server(std::move(server));
  if (provider.query.starts_with('?') || provider.query.starts_with('&')) provider.query.erase(0, 1);
}

std::string request_url(const Provider& provider, const Server& server, const std::string& path) {
  std::string url = server.base_url + path;
  for (const std::string& query : {server.query, provider.query})
    if (!query.empty()) url += (url.find('?') == std::string::npos ? "?" : "&") + query;
  return url;
}

bool holds_key(const std::string& query) {
  const std::string text = lower_case("&" + query);
  for (const char* name : {"key=", "token=", "secret=", "password=", "&sig=", "&code="})
    if (text.find(name) != std::string::npos) return true;
  return false;
}

}  // namespace funcorr
