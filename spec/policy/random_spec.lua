-- policy.random: by chance alone.

local pools = require "spec.support.pools"
local random = require "luaproxy.policy.random"
local testing = require "luaproxy.testing"

describe("random", function()
  it("lets equals share", function()
    local shares = testing.shares(random().pick, 3000, pools.equal(5))
    for _, n in pairs(shares) do assert.near(600, n, 70) end
  end)

  it("follows weights", function()
    local shares = testing.shares(random().pick, 3000, pools.of_weights { 5, 1, 4 })
    assert.near(1500, shares.a, 90)
    assert.near(300, shares.b, 50)
    assert.near(1200, shares.c, 90)
  end)

  it("follows weights that change", function()
    local pool, pick, ctx = pools.equal(2), random().pick, testing.ctx()
    testing.shares(pick, 10, pool, ctx)
    pool[1].weight = 9
    testing.shares(pick, 20, pool, ctx)
    assert.near(1800, testing.shares(pick, 2000, pool, ctx).a, 50)
    pool[1].weight, pool[2].weight = 1, 0.25
    assert.near(1600, testing.shares(pick, 2000, pool, ctx).a, 70)
  end)

  it("takes no notice of loads", function()
    local pool = pools.equal(2)
    pool[1].inflight = 1000
    assert.near(500, testing.shares(random().pick, 1000, pool).a, 60)
  end)
end)
