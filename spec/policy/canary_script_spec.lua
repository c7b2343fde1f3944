-- scripts/canary.lua: five people of a hundred try the new version.

local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local function load(...)
  local _, script = pools.load("scripts/canary.lua", ":0", ...)
  return script
end

local function route(given)
  return load("a:80", "b:80", "c:80").route(testing.request(given), testing.ctx())
end

-- The backends of the pool "canary" as the proxy makes them of what the script says.
local function backends_of(script)
  local list = {}
  for i, entry in ipairs(script.pools.canary.backends) do
    entry = type(entry) == "table" and entry or { entry }
    list[i] = testing.backend { id = entry[1], tier = entry.tier }
  end
  return list
end

describe("the script canary", function()
  it("sends five people of a hundred to the new version", function()
    local script, count = load("a:80", "b:80", "c:80"), 0
    for i = 1, 4000 do
      local pool = script.route { headers = {}, cookies = { uid = "user" .. i } }
      if pool == "canary" then count = count + 1 end
    end
    assert.near(200, count, 45)
  end)

  it("knows people by their cookie, wherever they are, and else by their address", function()
    local sides = {}
    for i = 1, 60 do
      local here = route { cookies = { uid = "u" .. i } }
      assert.equal(here, route { cookies = { uid = "u" .. i }, client = { ip = "10.0.0." .. i } })
      local client = { ip = "10.1.0." .. i }
      assert.equal(route { client = client }, route { client = client, path = "/other" })
      sides[here] = true
    end
    assert.same({ canary = true, stable = true }, sides)
  end)

  it("lets anybody choose by a header", function()
    for i = 1, 30 do
      local cookies = { uid = "u" .. i }
      assert.equal("canary", route { cookies = cookies, headers = { ["X-Canary"] = "always" } })
      assert.equal("stable", route { cookies = cookies, headers = { ["X-Canary"] = "never" } })
    end
  end)

  it("takes the last backend for the new version, the only one for both", function()
    assert.same({ "a:80", "b:80" }, load("a:80", "b:80", "c:80").pools.stable.backends)
    assert.equal("c:80", load("a:80", "b:80", "c:80").pools.canary.backends[1])
    local alone = load("a:80").pools
    assert.same({ { "a:80" }, { "a:80" } }, { alone.stable.backends, alone.canary.backends })
  end)

  it("gives the people of the canary to the others only if it is down", function()
    local script = load("a:80", "b:80", "c:80")
    local all, pick = backends_of(script), script.pools.canary.pick.pick
    local ctx = testing.ctx { all = all }
    assert.equal("c:80 c:80 c:80", testing.sequence(pick, 3, all, ctx))
    local left = testing.shares(pick, 10, { all[2], all[3] }, ctx)
    assert.same({ ["a:80"] = 5, ["b:80"] = 5 }, left)
  end)
end)
