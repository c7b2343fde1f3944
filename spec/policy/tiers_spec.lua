-- scripts/tiers.lua: the last backend is a spare.

local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

-- The script's policy, and its backends: a to d, of which d is the spare.
local function load()
  local pick, script = pools.load("scripts/tiers.lua", ":0", "a:80", "b:80", "c:80", "d:80")
  local all = {}
  for i, entry in ipairs(script.backends) do
    entry = type(entry) == "table" and entry or { entry }
    all[i] = testing.backend { id = entry[1]:sub(1, 1), tier = entry.tier }
  end
  return pick.pick, all, testing.ctx { all = all }
end

describe("failover", function()
  it("gives the spare nothing while all are up, however busy they are", function()
    local pick, all, ctx = load()
    for i = 1, 3 do all[i].inflight = 100 end
    assert.same(0, testing.shares(pick, 300, all, ctx).d)
  end)

  it("chooses the one with the fewest requests among the others", function()
    local pick, all, ctx = load()
    all[1].inflight, all[3].inflight = 1, 1
    assert.equal("b b b", testing.sequence(pick, 3, all, ctx))
  end)

  -- Two of three are 1.4 * 2/3 of what is needed, one is half of that.
  it("spills over to the spare what those who are left are too few for", function()
    local pick, all, ctx = load()
    local shares = testing.shares(pick, 3000, { all[1], all[2], all[4] }, ctx)
    assert.near(3000 * (1 - 1.4 * 2 / 3), shares.d, 60)
    shares = testing.shares(pick, 3000, { all[2], all[4] }, ctx)
    assert.near(3000 * (1 - 1.4 / 3), shares.d, 150)
  end)

  it("gives it everything when nobody else is left, and nothing when all are back", function()
    local pick, all, ctx = load()
    assert.equal("d d d", testing.sequence(pick, 3, { all[4] }, ctx))
    assert.same(0, testing.shares(pick, 100, { table.unpack(all) }, ctx).d)
  end)

  it("says which tier it was", function()
    local pick, all, ctx = load()
    assert.equal("tier 1", select(2, pick(all, testing.request(), ctx)))
    assert.equal("tier 2", select(2, pick({ all[4] }, testing.request(), ctx)))
  end)
end)
