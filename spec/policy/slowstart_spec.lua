-- policy.slowstart: whoever has just come up gets little at first.

local crowd = require "spec.support.crowd"
local pools = require "spec.support.pools"
local slowstart = require "luaproxy.policy.slowstart"
local testing = require "luaproxy.testing"

local CHOICES = 5000

local function anyone(up, _, ctx)
  return up[ctx.random(#up)]
end

-- Backends that came up at these moments.
local function since(...)
  local pool = pools.equal(select("#", ...))
  for i, moment in ipairs { ... } do pool[i].since = moment end
  return pool
end

-- What the policy gives to each of a pool, as parts of one.
local function parts(policy, pool, now)
  local ctx = testing.ctx { all = pool, now = now }
  local counts = testing.shares(policy.pick, CHOICES, pool, ctx)
  local list = {}
  for i, b in ipairs(pool) do list[i] = counts[b.id] / CHOICES end
  return list
end

local function assert_parts(expected, actual)
  for i, part in ipairs(expected) do assert.near(part, actual[i], 0.02) end
end

describe("the factor of slow start", function()
  for _, row in ipairs {
    { 1, 0.1, 0.1, 0.25, 0.5, 0.75, 1 },
    { 2, 0.129, 0.316, 0.5, 0.707, 0.866, 1 },
    { 0.5, 0.1, 0.1, 0.1, 0.25, 0.5625, 1 },
  } do
    it("is Envoy's with aggression " .. row[1], function()
      for i, age in ipairs { 0, 6, 15, 30, 45, 60 } do
        assert.near(row[i + 1], slowstart.factor(age, 60, row[1], 0.1), 0.0005)
      end
      assert.equal(1, slowstart.factor(1000, 60, row[1], 0.1))
    end)
  end
end)

describe("slow start", function()
  it("gives one that warms up Envoy's share", function()
    assert_parts({ 1 / 2.1, 1 / 2.1, 0.1 / 2.1 }, parts(slowstart(anyone), since(0, 0, 100), 100))
    assert_parts({ 1 / 2.5, 1 / 2.5, 0.5 / 2.5 }, parts(slowstart(anyone), since(0, 0, 100), 130))
    assert_parts({ 1 / 1.1, 0.1 / 1.1 }, parts(slowstart(anyone), since(0, 100), 100))
    assert_parts({ 1 / 3, 1 / 3, 1 / 3 }, parts(slowstart(anyone), since(0, 0, 100), 160))
  end)

  it("does so by weight where the policy does", function()
    local pool = pools.of_weights { 1, 2, 4 }
    pool[1].since, pool[2].since, pool[3].since = 0, 0, 100
    local policy = slowstart(require "luaproxy.policy.random"())
    assert_parts({ 1 / 5, 2 / 5, 2 / 5 }, parts(policy, pool, 130))
  end)

  it("does so for several that came up together", function()
    local policy = slowstart(anyone)
    local part = 1 / (2 + 3 * 0.25)
    assert_parts({ part, part, part / 4, part / 4, part / 4 },
      parts(policy, since(0, 0, 100, 100, 100), 115))
  end)

  it("changes nothing when all have just come up, or have long been", function()
    for _, now in ipairs { 100, 1000 } do
      local pool = since(100, 100, 100)
      assert.equal(testing.sequence(anyone, 50, pool, testing.ctx { now = now }),
        testing.sequence(slowstart(anyone).pick, 50, pool, testing.ctx { now = now }))
    end
  end)

  it("lets shares grow as time goes by", function()
    local pool, policy = since(0, 100), slowstart(anyone, { window = 10, min = 0 })
    local ctx = testing.ctx { all = pool, now = 100 }
    local last = 0
    for second = 2, 10, 2 do
      ctx.now = 100 + second
      local n = testing.shares(policy.pick, 2000, pool, ctx).b
      assert.near(2000 * second / (10 + second), n, 75)
      assert.is_true(n > last)
      last = n
    end
  end)

  it("is told how long, how fast, and how little", function()
    local policy = slowstart(anyone, { window = 100, aggression = 2, min = 0.5 })
    assert_parts({ 1 / 1.5, 0.5 / 1.5 }, parts(policy, since(0, 1000), 1000))
    assert_parts({ 1 / 1.7, 0.7 / 1.7 }, parts(policy, since(0, 1000), 1049))
  end)

  it("moves the keys of hashing policies little by little, and no others", function()
    local pool = crowd.backends(5)
    for _, b in ipairs(pool) do b.since = 0 end
    pool[5].since = 100
    local hashing = require "luaproxy.policy.rendezvous" { key = "x-user" }
    local full = crowd.owners(hashing, 1000, pool, testing.ctx { all = pool })
    local now = crowd.owners(slowstart(hashing), 1000, pool, testing.ctx { all = pool, now = 130 })
    assert.equal(0, crowd.moved(full, now, "b005"))
    local chance = 0.5 / 0.9
    local all, got = 0, 0
    for i = 1, 1000 do
      all = all + (full[i] == "b005" and 1 or 0)
      got = got + (now[i] == "b005" and 1 or 0)
    end
    assert.near(all * chance, got, 25)
  end)

  it("gives the policy within the same lists as long as they are the same", function()
    local seen, n = {}, 0
    local policy = slowstart(function(up, _, ctx)
      if not seen[up] then seen[up], n = true, n + 1 end
      return up[ctx.random(#up)]
    end)
    local pool = since(0, 0, 100)
    local ctx = testing.ctx { all = pool }
    for now = 100, 170 do
      ctx.now = now
      testing.shares(policy.pick, 20, pool, ctx)
    end
    assert.equal(2, n)
  end)

  it("takes those for warm of whom it is not known since when they are up", function()
    assert_parts({ 0.5, 0.5 }, parts(slowstart(anyone), pools.equal(2), 0))
  end)

  it("leaves second attempts to the policy within", function()
    local pool = since(0, 100)
    local ctx = testing.ctx { all = pool, now = 100, attempt = 2 }
    assert.near(500, testing.shares(slowstart(anyone).pick, 1000, pool, ctx).b, 60)
  end)

  it("takes no for an answer", function()
    local policy = slowstart(function() end)
    local up = since(0, 100)
    assert.is_nil(policy.pick(up, nil, testing.ctx { now = 100 }))
  end)
end)
