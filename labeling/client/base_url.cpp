#include "labeling/client/base_url.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace funcorr {
namespace {

// What may be pasted behind a base URL; longer ones first.
constexpr std::array<std::string_view, 12> kEndpoints{
    "/chat/completions", "/messages/batches", "/completions", "/embeddings", "/messages",     "/responses",
    "/models",           "/batches",          "/files",       "/api/chat",   "/api/generate", "/api/tags"};

// Where the API of a host stands that was named without a path.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPaths{
    {{"openrouter.ai", "/api/v1"},
     {"generativelanguage.googleapis.com", "/v1beta/openai"},
     {".openai.azure.com", "/openai/v1"},
     {".services.ai.azure.com", "/openai/v1"}}};

std::string path_for(const std::string& authority) {
  const std::string host = authority.substr(0, authority.find(':'));
  for (const auto& [name, path] : kPaths)
    if (host == name || (name.starts_with('.') && host.ends_with(name))) return std::string(path);
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
  std::string text = "&" + query;
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* name : {"key=", "token=", "secret=", "password=", "&sig=", "&code="})
    if (text.find(name) != std::string::npos) return true;
  return false;
}

}  // namespace funcorr
