-- policy.prequal: the hot-cold rule over probed load.

local crowd = require "spec.support.crowd"
local pools = require "spec.support.pools"
local prequal = require "luaproxy.policy.prequal"
local probes = require "luaproxy.aid.probes"
local testing = require "luaproxy.testing"

-- Puts in probes of the backends of a pool: { requests, seconds } each, a tenth of a second one
-- after the other.
local function tell(policy, pool, loads)
  for i, load in ipairs(loads) do
    policy.probe(pool[i], { inflight = load[1], latency = load[2] }, i / 10)
  end
end

-- A policy that goes by what it is told, and does not take away probes, unless OPTIONS say so.
local function listener(options)
  local all = { own = 0, remove = 0 }
  for name, value in pairs(options or {}) do all[name] = value end
  return prequal(all)
end

-- Whom it chooses first, and why.
local function choice(loads, options, now)
  local pool = pools.equal(#loads)
  local policy = listener(options)
  tell(policy, pool, loads)
  local b, reason = policy.pick(pool, nil, testing.ctx { all = pool, now = now })
  return b.id .. " " .. reason
end

-- Whom it chooses of a hundred, and again and again: the numbers of those it has probes of.
local function course(options, loads, n)
  local pool, policy = crowd.backends(100), listener(options)
  local ctx, text = testing.ctx { all = pool }, {}
  policy.pick(pool, nil, ctx) -- so that it knows how many there are
  tell(policy, pool, loads)
  for i = 1, n do
    local b, reason = policy.pick(pool, nil, ctx)
    text[i] = reason == "random" and reason or tostring(tonumber(b.id:sub(2)))
  end
  return table.concat(text, " ")
end

describe("the budget of a probe", function()
  it("is the paper's", function()
    assert.near(1.316, prequal.reuse(100, 16, 3, 1), 0.0005)
    assert.near(3.390, prequal.reuse(100, 16, 1, 0.25), 0.0005)
    assert.near(11.765, prequal.reuse(100, 16, 0.5, 0.25), 0.0005)
  end)

  it("is at least one use", function()
    assert.equal(1, prequal.reuse(3, 16, 3, 1))
    assert.equal(1, prequal.reuse(16, 16, 3, 1))
    assert.equal(1, prequal.reuse(1000, 16, 100, 1))
  end)
end)

describe("prequal", function()
  it("takes the fastest of those who are cold", function()
    assert.equal("b cold", choice { { 5, 0.3 }, { 5, 0.1 }, { 5, 0.2 }, { 9, 0.01 } })
  end)

  it("takes the emptiest of all who are hot", function()
    assert.equal("c cold", choice({ { 5, 0.1 }, { 6, 0.1 }, { 4, 9 } }, { quantile = 0 }))
  end)

  it("goes by latency alone with a quantile of one", function()
    assert.equal("d cold", choice({ { 5, 0.3 }, { 5, 0.1 }, { 5, 0.2 }, { 9, 0.01 } },
      { quantile = 1 }))
  end)

  it("counts the request that it has given", function()
    local loads = { { 0, 0.2 }, { 2, 0.1 } }
    assert.equal("1 1 2 1", course({ rate = 0.5, quantile = 0 }, loads, 4))
  end)

  it("takes away in turn the oldest and the worst probe", function()
    local loads = { { 0, 0.5 }, { 0, 0.1 }, { 0, 0.2 }, { 0, 0.3 }, { 0, 0.4 } }
    assert.equal("2 2 2 3 random", course({ rate = 1.5, remove = 1, quantile = 1 }, loads, 5))
    loads = { { 0, 0.5 }, { 9, 0.1 }, { 0, 0.2 } }
    assert.equal("3 3 random", course({ rate = 1.5, remove = 1, quantile = 0 }, loads, 3))
  end)

  it("uses a probe no more often than its budget says", function()
    local pool, policy = pools.equal(3), listener()
    tell(policy, pool, { { 0, 0.1 }, { 0, 0.2 }, { 0, 0.3 } })
    local ctx = testing.ctx { all = pool }
    local a, b = policy.pick(pool, nil, ctx), policy.pick(pool, nil, ctx)
    local _, reason = policy.pick(pool, nil, ctx)
    assert.same({ "a", "b", "random" }, { a.id, b.id, reason })
  end)

  it("lets chance decide about a fraction of a use", function()
    local random, used = testing.random(5), 0
    for _ = 1, 5000 do
      local pool = probes.new(1)
      pool:put({}, 0, 0, 0, 1.316)
      while pool.n > 0 do
        pool:use(pool[1], random)
        used = used + 1
      end
    end
    assert.near(1.316, used / 5000, 0.02)
  end)

  it("takes no notice of what is more than a second old", function()
    local loads = { { 0, 0.2 }, { 0, 0.1 } }
    assert.equal("b cold", choice(loads, nil, 1.05))
    assert.matches("random", choice(loads, nil, 1.15))
    assert.equal("b cold", choice(loads, { age = 9 }, 9))
  end)

  it("keeps the newest probe of a backend, and the newest of all when there are many", function()
    local pool, policy = pools.equal(4), listener { size = 3, quantile = 1 }
    local ctx = testing.ctx { all = pool }
    tell(policy, pool, { { 0, 0.1 }, { 0, 0.2 }, { 0, 0.3 }, { 0, 0.4 } })
    policy.probe(pool[2], { inflight = 0, latency = 9 }, 0.5)
    assert.equal("c d", testing.sequence(policy.pick, 2, pool, ctx))
  end)

  it("chooses only of those who are up", function()
    local pool, policy = pools.equal(4), listener()
    tell(policy, pool, { { 0, 0.1 }, { 0, 0.2 }, { 0, 0.3 }, { 0, 0.4 } })
    local b, reason = policy.pick({ pool[3], pool[4] }, nil, testing.ctx { all = pool })
    assert.same({ "c", "cold" }, { b.id, reason })
  end)

  it("lets chance choose when it knows of less than two", function()
    local pool, policy = pools.equal(4), listener()
    local ctx, counts = testing.ctx { all = pool }, {}
    for _ = 1, 400 do
      tell(policy, pool, { { 0, 0.1 } })
      local b, reason = policy.pick(pool, nil, ctx)
      assert.equal("random", reason)
      counts[b.id] = (counts[b.id] or 0) + 1
    end
    for _, n in pairs(counts) do assert.near(100, n, 30) end
  end)
end)

describe("prequal by what the proxy knows itself", function()
  it("takes the fast ones, as far as nobody has too many", function()
    local pool = pools.equal(4)
    for i, b in ipairs(pool) do b.ewma, b.ewma_at, b.inflight = i / 10, 0, 1 end
    local shares = testing.shares(prequal().pick, 500, pool)
    assert.is_true(shares.a > shares.b and shares.b > shares.c and shares.c >= shares.d)
    pool[1].inflight = 9
    shares = testing.shares(prequal().pick, 500, pool)
    assert.is_true(shares.a < 50)
  end)

  it("forgets in ten seconds", function()
    local pool = pools.equal(2)
    pool[1].ewma, pool[1].ewma_at, pool[2].ewma, pool[2].ewma_at = 0.5, 0, 0.1, 90
    local shares = testing.shares(prequal().pick, 200, pool, testing.ctx { now = 90 })
    assert.is_true(shares.a > 120)
  end)

  it("tries one of whom nothing is known with one request at a time", function()
    local pool = pools.equal(3)
    pool[1].ewma, pool[1].ewma_at, pool[2].ewma, pool[2].ewma_at = 0.1, 0, 0.2, 0
    local policy, ctx = prequal { quantile = 1, own = 20 }, testing.ctx { all = pool }
    assert.equal(pool[3], policy.pick(pool, nil, ctx))
    pool[3].inflight = 1
    assert.equal(pool[1], policy.pick(pool, nil, ctx))
  end)

  it("believes those who have said how they are more than what it sees itself", function()
    local pool, said = pools.equal(3), { b = { inflight = 40, latency = 0.001 } }
    for _, b in ipairs(pool) do b.ewma, b.ewma_at = 0.1, 0 end
    local function load(b) return said[b.id] end
    local policy = prequal { load = load, own = 20 }
    assert.equal(0, testing.shares(policy.pick, 100, pool).b)
    said = { b = { inflight = 0, latency = 0.001 } }
    assert.is_true(testing.shares(policy.pick, 100, pool).b > 90)
  end)

  it("lets requests wait not half as long as chance does", function()
    local up, random = crowd.backends(20), testing.random(11)
    local mean = crowd.run(prequal(), up, {
      load = 0.9, steps = 8000, random = random,
      ctx = { random = random, now = 0, attempt = 1, all = up },
    })
    assert.is_true(mean < 3.5, mean)
  end)
end)
