#include "db/manifest/assets.h"

#include <nlohmann/json.hpp>

#include "db/manifest/connection.h"

namespace funcorr {
namespace {

constexpr int kPage = 1024;

const std::string kAssetColumns =
    "uid, name, root, path, format, is_part_folder, bytes, content_hash, sidecar, coalesce(category, ''), up";

Asset asset_from(const Query& row) {
  Asset asset;
  asset.uid = row.text(0);
  asset.name = row.text(1);
  asset.root = row.text(2);
  asset.path = row.text(3);
  asset.format = row.text(4);
  asset.is_part_folder = row.integer(5) != 0;
  asset.bytes = row.integer(6);
  asset.content_hash = row.text(7);
  asset.sidecar = row.text(8);
  asset.category = row.text(9);
  asset.up = row.text(10);
  return asset;
}

}  // namespace

void upsert_asset(Manifest& manifest, const Asset& asset) {
  Query(manifest,
        "INSERT INTO asset (uid, name, root, path, format, is_part_folder, bytes, content_hash, sidecar, "
        "category, up) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?) ON CONFLICT (uid) DO UPDATE SET "
        "name = excluded.name, root = excluded.root, path = excluded.path, format = excluded.format, "
        "is_part_folder = excluded.is_part_folder, bytes = excluded.bytes, content_hash = "
        "excluded.content_hash, "
        "sidecar = excluded.sidecar, category = coalesce(excluded.category, category), up = excluded.up",
        asset.uid, asset.name, asset.root, asset.path, asset.format, asset.is_part_folder, asset.bytes,
        asset.content_hash, asset.sidecar, asset.category, asset.up)
      .run();
}

void set_asset_category(Manifest& manifest, const std::string& uid, const std::string& category) {
  Query(manifest, "UPDATE asset SET category = nullif(?, '') WHERE uid = ?", category, uid).run();
}

void set_asset_geometry(Manifest& manifest, const std::string& uid, const AssetGeometry& geometry) {
  Query(
      manifest,
      "UPDATE asset SET triangles = ?, vertices = ?, degenerate_triangles = ?, materials = ?, textures = ?, "
      "extent_x = ?, extent_y = ?, extent_z = ?, flags = ?, part_names = ?, facts = ? WHERE uid = ?",
      geometry.triangles, geometry.vertices, geometry.degenerate_triangles, geometry.materials,
      geometry.textures, geometry.extent[0], geometry.extent[1], geometry.extent[2], geometry.flags,
      nlohmann::json(geometry.part_names).dump(), geometry.facts_json, uid)
      .run();
}

void upsert_caption(Manifest& manifest, const Caption& caption) {
  Query(manifest,
        "INSERT INTO caption (uid, source, text) VALUES (?, ?, ?) "
        "ON CONFLICT (uid, source) DO UPDATE SET text = excluded.text",
        caption.uid, caption.source, caption.text)
      .run();
}

void remove_assets_not_in(Manifest& manifest, const std::string& root, const std::vector<std::string>& uids) {
  Query(manifest, "CREATE TABLE IF NOT EXISTS temp.kept_asset (uid TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID")
      .run();
  WriteScope scope(manifest);
  Query(manifest, "DELETE FROM temp.kept_asset").run();
  for (const std::string& uid : uids)
    Query(manifest, "INSERT OR IGNORE INTO temp.kept_asset VALUES (?)", uid).run();
  Query(manifest, "DELETE FROM asset WHERE root = ? AND uid NOT IN (SELECT uid FROM temp.kept_asset)", root)
      .run();
  Query(manifest, "DELETE FROM temp.kept_asset").run();
  scope.commit();
}

std::optional<Asset> find_asset(Manifest& manifest, const std::string& uid) {
  Query query(manifest, "SELECT " + kAssetColumns + " FROM asset WHERE uid = ?", uid);
  if (!query.step()) return std::nullopt;
  return asset_from(query);
}

Asset require_asset(Manifest& manifest, const std::string& uid) {
  std::optional<Asset> asset = find_asset(manifest, uid);
  if (!asset) throw std::runtime_error("asset " + uid + " is not in the manifest");
  return *std::move(asset);
}

std::vector<Asset> find_assets_like(Manifest& manifest, const std::string& text, int limit) {
  std::vector<Asset> assets;
  Query query(
      manifest,
      "SELECT " + kAssetColumns +
          " FROM asset WHERE instr(uid, ?1) > 0 OR instr(lower(name), lower(?1)) > 0 ORDER BY uid LIMIT ?2",
      text, limit);
  while (query.step()) assets.push_back(asset_from(query));
  return assets;
}

std::optional<AssetGeometry> asset_geometry(Manifest& manifest, const std::string& uid) {
  Query query(
      manifest,
      "SELECT triangles, vertices, degenerate_triangles, materials, textures, extent_x, extent_y, extent_z, "
      "part_names, facts, flags FROM asset WHERE uid = ? AND triangles IS NOT NULL",
      uid);
  if (!query.step()) return std::nullopt;
  AssetGeometry geometry;
  geometry.triangles = query.integer(0);
  geometry.vertices = query.integer(1);
  geometry.degenerate_triangles = query.integer(2);
  geometry.materials = query.small_integer(3);
  geometry.textures = query.small_integer(4);
  for (int axis = 0; axis < 3; ++axis) geometry.extent[static_cast<std::size_t>(axis)] = query.real(5 + axis);
  geometry.part_names = nlohmann::json::parse(query.text(8)).get<std::vector<std::string>>();
  geometry.facts_json = query.text(9);
  geometry.flags = query.named_set<AssetFlag>(10);
  return geometry;
}

void for_each_asset(Manifest& manifest, const std::function<void(const Asset&)>& visit) {
  std::string last;
  while (true) {
    std::vector<Asset> page;
    {
      Query query(manifest, "SELECT " + kAssetColumns + " FROM asset WHERE uid > ? ORDER BY uid LIMIT ?",
                  last, kPage);
      while (query.step()) page.push_back(asset_from(query));
    }
    for (const Asset& asset : page) visit(asset);
    if (page.size() < kPage) return;
    last = page.back().uid;
  }
}

void set_split(Manifest& manifest, const std::string& uid, Split split) {
  Query(manifest,
        "INSERT INTO split (uid, split) VALUES (?, ?) ON CONFLICT (uid) DO UPDATE SET split = excluded.split",
        uid, split)
      .run();
}

std::optional<Split> asset_split(Manifest& manifest, const std::string& uid) {
  Query query(manifest, "SELECT split FROM split WHERE uid = ?", uid);
  if (!query.step()) return std::nullopt;
  return query.named<Split>(0);
}

std::vector<AssetSplit> all_splits(Manifest& manifest) {
  std::vector<AssetSplit> splits;
  Query query(
      manifest,
      "SELECT split.uid, coalesce(category, ''), split FROM split CROSS JOIN asset ON asset.uid = split.uid "
      "ORDER BY split.uid");
  while (query.step()) splits.push_back({query.text(0), query.text(1), query.named<Split>(2)});
  return splits;
}

void clear_splits(Manifest& manifest) { Query(manifest, "DELETE FROM split").run(); }

}  // namespace funcorr
