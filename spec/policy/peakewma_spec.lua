-- policy.peakewma: two choices by the cost of Finagle's PeakEwma.

local peakewma = require "luaproxy.policy.peakewma"
local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

-- Backends with [1] the average latency, [2] the moment it is of, [3] requests, [4] the weight.
local function backends(...)
  local list = {}
  for i, facts in ipairs { ... } do
    local b = testing.backend { id = string.char(96 + i), inflight = facts[3], weight = facts[4] }
    b.ewma, b.ewma_at = facts[1], facts[2]
    list[i] = b
  end
  return list
end

-- The one whom the policy always chooses of two, at this moment.
local function cheaper(pool, now)
  local shares = testing.shares(peakewma().pick, 100, pool, testing.ctx { now = now or 0 })
  return shares.a == 100 and "a" or shares.b == 100 and "b" or "both"
end

describe("two choices by peak EWMA", function()
  it("takes the faster one of two that are equally busy", function()
    assert.equal("b", cheaper(backends({ 0.2, 0 }, { 0.1, 0 })))
  end)

  it("counts latency times the requests that there would be", function()
    assert.equal("b", cheaper(backends({ 0.1, 0, 3 }, { 0.19, 0, 1 })))
    assert.equal("a", cheaper(backends({ 0.1, 0, 3 }, { 0.21, 0, 1 })))
  end)

  it("counts by weight", function()
    assert.equal("b", cheaper(backends({ 0.1, 0, 0, 1 }, { 0.1, 0, 2, 4 })))
    assert.equal("a", cheaper(backends({ 0.1, 0, 0, 1 }, { 0.1, 0, 4, 4 })))
  end)

  -- exp(-t / 10): after ten times ln 2 seconds half of it is forgotten.
  it("forgets in ten seconds", function()
    local half = 10 * math.log(2)
    assert.equal("b", cheaper(backends({ 0.1, half }, { 0.199, 0 }), half))
    assert.equal("a", cheaper(backends({ 0.1, half }, { 0.201, 0 }), half))
    assert.equal("b", cheaper(backends({ 0.1, 100 }, { 5, 0 }), 100))
  end)

  it("tries one of whom nothing is known with one request at a time", function()
    assert.equal("b", cheaper(backends({ 0.001, 0 }, {})))
    assert.equal("a", cheaper(backends({ 9, 0, 100 }, { nil, nil, 1 })))
    assert.equal("a", cheaper(backends({ nil, nil, 1 }, { nil, nil, 2 })))
  end)

  it("never takes the costliest of many", function()
    local pool = backends({ 0.1, 0 }, { 0.1, 0 }, { 0.3, 0 }, { 0.1, 0 })
    assert.equal(0, testing.shares(peakewma().pick, 1000, pool).c)
  end)

  it("draws every pair as often as any other", function()
    local pool = backends({ 0.1, 0 }, { 0.2, 0 }, { 0.3, 0 }, { 0.4, 0 }, { 0.5, 0 })
    local shares = testing.shares(peakewma().pick, 10000, pool)
    for i, expected in ipairs { 4000, 3000, 2000, 1000, 0 } do
      assert.near(expected, shares[pool[i].id], 200)
    end
  end)

  it("takes the only one without drawing", function()
    local pool = pools.equal(1)
    local ctx = { now = 0, attempt = 1, random = function() error "drawn" end }
    assert.equal(pool[1], peakewma().pick(pool, nil, ctx))
  end)
end)
