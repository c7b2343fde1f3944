-- scripts/leastconn.lua: whoever has the fewest requests in flight for its weight.

local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local SCRIPT = "scripts/leastconn.lua"

-- The load of a backend that gets one request more, and the least of a pool.
local function load_of(b)
  return (b.inflight + 1) / b.weight
end

local function least_load(pool)
  local least = math.huge
  for _, b in ipairs(pool) do least = math.min(least, load_of(b)) end
  return least
end

describe("least connections", function()
  it("chooses the one with the fewest requests", function()
    local pool = pools.equal(3)
    pool[1].inflight, pool[2].inflight, pool[3].inflight = 2, 1, 3
    assert.equal("b b b", testing.sequence(pools.load(SCRIPT), 3, pool))
  end)

  it("counts requests by weight: four of nine are less than one of two", function()
    local pool = pools.of_weights { 2, 9 }
    pool[1].inflight, pool[2].inflight = 1, 4
    assert.equal("b b b", testing.sequence(pools.load(SCRIPT), 3, pool))
    pool[2].inflight = 9
    assert.equal("a a a", testing.sequence(pools.load(SCRIPT), 3, pool))
  end)

  it("never chooses anybody while somebody has less to do", function()
    pools.each(function(pool, random)
      local pick = pools.load(SCRIPT)
      local ctx = { random = random }
      for _ = 1, 50 do
        local b = pick(pool, nil, ctx)
        if not pools.has(pool, b) or load_of(b) > least_load(pool) + 1e-12 then
          error(b.id .. " is not the least busy")
        end
        b.inflight = b.inflight + 1
        local other = pool[random(#pool)]
        other.inflight = math.max(0, other.inflight - 1)
      end
    end)
  end)

  it("spreads requests evenly when none of them ends", function()
    local pool, pick = pools.equal(7), pools.load(SCRIPT)
    local ctx = testing.ctx()
    for n = 1, 70 do
      local b = pick(pool, nil, ctx)
      b.inflight = b.inflight + 1
      for _, other in ipairs(pool) do assert.near(n / 7, other.inflight, 1) end
    end
  end)

  it("lets equals share, whoever is first", function()
    local shares = testing.shares(pools.load(SCRIPT), 5000, pools.equal(5))
    for _, n in pairs(shares) do assert.near(1000, n, 120) end
  end)

  it("lets only equals share", function()
    local pool = pools.equal(4)
    pool[1].inflight, pool[2].inflight = 1, 1
    local shares = testing.shares(pools.load(SCRIPT), 2000, pool)
    assert.same({ 0, 0 }, { shares.a, shares.b })
    assert.near(1000, shares.c, 100)
  end)

  it("starves nobody: a slow one gets requests when it has finished", function()
    local pool, pick = pools.equal(3), pools.load(SCRIPT)
    local ctx, got = testing.ctx(), 0
    for n = 1, 300 do                 -- b and c are done at once, a after ten requests
      local b = pick(pool, nil, ctx)
      if b == pool[1] then
        b.inflight, got = 1, got + 1
      end
      if n % 10 == 0 then pool[1].inflight = 0 end
    end
    assert.is_true(got >= 25, got .. " requests")
  end)

  it("compares large numbers without rounding", function()
    local pool = pools.of_weights { 65535, 65534 }
    pool[1].inflight, pool[2].inflight = 65534, 65533      -- exactly equal
    local shares = testing.shares(pools.load(SCRIPT), 1000, pool)
    assert.near(500, shares.a, 100)
    pool[1].inflight = 65533
    assert.equal("a a a", testing.sequence(pools.load(SCRIPT), 3, pool))
  end)

  it("chooses among those who are left when some leave, and others when they come", function()
    local pool, pick = pools.equal(3), pools.load(SCRIPT)
    pool[2].inflight, pool[3].inflight = 5, 6
    assert.equal("b b", testing.sequence(pick, 2, { pool[2], pool[3] }))
    assert.equal("a a", testing.sequence(pick, 2, pool))
    assert.equal("c", testing.sequence(pick, 1, { pool[3] }))
  end)
end)
