-- Policies of the library that scripts/ also has, written out: what the specs of the scripts
-- promise holds for both, since both choose alike.

local crowd = require "spec.support.crowd"
local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

for _, pair in ipairs {
  { "weighted", "scripts/weighted.lua" },
  { "leastconn", "scripts/leastconn.lua" },
  { "twochoices", "scripts/random2.lua" },
} do
local name, script = pair[1], pair[2]
local policy = require("luaproxy.policy." .. name)

describe("the library's " .. name, function()
  it("chooses as " .. script .. " does", function()
    pools.each(function(pool, random)
      local one, other = policy().pick, pools.load(script)
      local a, b = testing.ctx { seed = 7, all = pool }, testing.ctx { seed = 7, all = pool }
      for _ = 1, 30 do
        local chosen = one(pool, nil, a)
        if chosen ~= other(pool, nil, b) then error "they differ" end
        chosen.inflight = random(20) - 1
      end
    end)
  end)
end)
end

describe("the library's weighted", function()
  local weighted = require "luaproxy.policy.weighted"

  -- nginx, ngx_http_upstream_get_peer: what everybody waits with after each choice.
  it("is in nginx's states after each choice", function()
    local pool, policy = pools.of_weights { 5, 1, 1 }, weighted()
    for _, state in ipairs {
      { a = -2, b = 1, c = 1 }, { a = -4, b = 2, c = 2 }, { a = 1, b = -4, c = 3 },
      { a = -1, b = -3, c = 4 }, { a = 4, b = -2, c = -2 }, { a = 2, b = -1, c = -1 },
      { a = 0, b = 0, c = 0 },
    } do
      policy.pick(pool)
      assert.same(state, policy.save())
    end
  end)

  it("goes on after a reload where it was", function()
    local pool, old, new = pools.of_weights { 5, 1, 1 }, weighted(), weighted()
    assert.equal("a a b", testing.sequence(old.pick, 3, pool))
    new.restore(old.save())
    assert.equal("a c a a", testing.sequence(new.pick, 4, pool))
  end)

  it("forgets those who are gone, and not those who are down", function()
    local pool, policy = pools.of_weights { 5, 1, 1 }, weighted()
    testing.sequence(policy.pick, 3, pool)
    policy.changed({ pool[1] }, { all = { pool[1], pool[2] } })
    assert.same({ a = 1, b = -4 }, policy.save())
  end)
end)

describe("the library's roundrobin", function()
  local roundrobin = require "luaproxy.policy.roundrobin"

  it("goes through the backends in their order", function()
    local pool = pools.equal(3)
    assert.matches(testing.sequence(roundrobin().pick, 5, pool), "a b c a b c a b c a b c", 1, true)
    assert.equal("a a", testing.sequence(roundrobin().pick, 2, { pool[1] }))
  end)

  it("gives everybody one of any n requests running, though lists take turns", function()
    pools.each(function(pool, random)
      local pick, ctx = roundrobin().pick, testing.ctx { seed = random(100) }
      local left = { table.unpack(pool, 1, random(#pool)) }
      local counts = {}
      for _ = 1, 2 * #pool * #left do
        local b, other = pick(pool, nil, ctx), pick(left, nil, ctx)
        counts[b], counts[other.id] = (counts[b] or 0) + 1, (counts[other.id] or 0) + 1
      end
      for _, b in ipairs(pool) do assert.equal(2 * #left, counts[b]) end
      for _, b in ipairs(left) do assert.equal(2 * #pool, counts[b.id]) end
    end)
  end)

  it("begins anywhere", function()
    local firsts = {}
    for seed = 1, 60 do
      firsts[roundrobin().pick(pools.equal(3), nil, testing.ctx { seed = seed * 7919 }).id] = true
    end
    assert.same({ a = true, b = true, c = true }, firsts)
  end)
end)

-- Mitzenmacher, 2001. The published means of a hundred servers, in times of service.
describe("the library's twochoices", function()
  for _, row in ipairs { { 0.5, 1.2673, 0.03, 20000 }, { 0.9, 2.6454, 0.05, 60000 } } do
    it("makes requests wait as long as the paper says at a load of " .. row[1], function()
      local up, random = crowd.backends(100), testing.random(2001)
      local mean = crowd.run(require "luaproxy.policy.twochoices"(), up, {
        load = row[1], steps = row[4], random = random,
        ctx = { random = random, now = 0, attempt = 1, all = up },
      })
      assert.near(row[2], mean, row[2] * row[3])
    end)
  end
end)
