-- scripts/random2.lua: the power of two choices.

local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local SCRIPT = "scripts/random2.lua"

-- The most that one of N backends gets of N requests which never end.
local function highest_bin(n, seed)
  local pool, pick = {}, pools.load(SCRIPT)
  local ctx, highest = testing.ctx { seed = seed }, 0
  for i = 1, n do pool[i] = testing.backend { id = tostring(i) } end
  for _ = 1, n do
    local b = pick(pool, nil, ctx)
    b.inflight = b.inflight + 1
    highest = math.max(highest, b.inflight)
  end
  return highest
end

describe("the power of two choices", function()
  it("chooses one of those who are up", function()
    pools.each(function(pool, random)
      pools.choose(pools.load(SCRIPT), pool, 100, { random = random })
    end)
  end)

  it("is the same for the same chance", function()
    local function sequence(seed)
      return testing.sequence(pools.load(SCRIPT), 50, pools.equal(8), testing.ctx { seed = seed })
    end
    assert.equal(sequence(5), sequence(5))
    assert.not_equal(sequence(5), sequence(6))
  end)

  it("takes the only one without drawing", function()
    local pick = pools.load(SCRIPT)
    local pool = pools.equal(1)
    assert.equal(pool[1], pick(pool, nil, { random = function() error "drawn" end }))
  end)

  it("takes the less busy one of two, every time", function()
    local pool = pools.equal(2)
    pool[1].inflight = 1
    assert.same({ a = 0, b = 500 }, testing.shares(pools.load(SCRIPT), 500, pool))
    pool[2].inflight = 2
    assert.same({ a = 500, b = 0 }, testing.shares(pools.load(SCRIPT), 500, pool))
  end)

  it("counts requests by weight", function()
    local pool = pools.of_weights { 1, 4 }
    pool[1].inflight, pool[2].inflight = 1, 6
    assert.same({ a = 0, b = 500 }, testing.shares(pools.load(SCRIPT), 500, pool))
  end)

  it("never takes the busiest of many", function()
    local pool = pools.equal(5)
    pool[4].inflight = 1
    local shares = testing.shares(pools.load(SCRIPT), 2000, pool)
    assert.equal(0, shares.d)
  end)

  -- Both of a pair are among the k least busy with probability k(k-1) / n(n-1).
  it("draws every pair as often as any other", function()
    local pool = pools.equal(5)
    for i, b in ipairs(pool) do b.inflight = i end
    local shares = testing.shares(pools.load(SCRIPT), 4000, pool)
    for i, expected in ipairs { 1600, 1200, 800, 400, 0 } do
      assert.near(expected, shares[pool[i].id], 110)
    end
  end)

  it("lets equals share", function()
    local shares = testing.shares(pools.load(SCRIPT), 3000, pools.equal(5))
    for _, n in pairs(shares) do assert.near(600, n, 70) end
  end)

  -- Azar, Broder, Karlin, Upfal: ln ln n / ln 2 + O(1). One choice would give 4 to 6 here.
  it("keeps the highest of 256 bins at 2 or 3", function()
    for seed = 1, 15 do
      local highest = highest_bin(256, seed * 104729)
      assert.is_true(highest == 2 or highest == 3, ("%d, seed %d"):format(highest, seed))
    end
  end)

  it("chooses among those who are left when some leave", function()
    local pool, pick = pools.equal(3), pools.load(SCRIPT)
    assert.same({ b = 50, c = 0 }, (function()
      pool[3].inflight = 1
      return testing.shares(pick, 50, { pool[2], pool[3] })
    end)())
    assert.equal("c c", testing.sequence(pick, 2, { pool[3] }))
  end)
end)
