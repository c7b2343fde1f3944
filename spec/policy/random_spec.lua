-- policy.random: by chance alone.

local pools = require "spec.support.pools"
local random = require "luaproxy.policy.random"
local testing = require "luaproxy.testing"

describe("random", function()
  it("lets equals share", function()
    local shares = testing.shares(random().pick, 10000, pools.equal(5))
    for _, n in pairs(shares) do assert.near(2000, n, 150) end
  end)

  it("follows weights", function()
    local shares = testing.shares(random().pick, 10000, pools.of_weights { 5, 1, 4 })
    assert.near(5000, shares.a, 200)
    assert.near(1000, shares.b, 120)
    assert.near(4000, shares.c, 200)
  end)

  it("follows weights that change", function()
    local pool, pick, ctx = pools.equal(2), random().pick, testing.ctx()
    testing.shares(pick, 10, pool, ctx)
    pool[1].weight = 9
    testing.shares(pick, 20, pool, ctx)
    assert.near(3600, testing.shares(pick, 4000, pool, ctx).a, 95)
    pool[1].weight, pool[2].weight = 1, 0.25
    assert.near(3200, testing.shares(pick, 4000, pool, ctx).a, 126)
  end)

  it("takes no notice of loads", function()
    local pool = pools.equal(2)
    pool[1].inflight = 1000
    assert.near(500, testing.shares(random().pick, 1000, pool).a, 60)
  end)
end)
