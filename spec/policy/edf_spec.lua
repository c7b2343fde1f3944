-- policy.edf: weighted round robin by deadlines.

local crowd = require "spec.support.crowd"
local edf = require "luaproxy.policy.edf"
local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local function total_weight(pool)
  local sum = 0
  for _, b in ipairs(pool) do sum = sum + b.weight end
  return sum
end

-- How far the counts of N choices are from the weights at most, at any moment.
local function worst_deviation(pick, pool, ctx, n)
  local counts, worst, total = {}, 0, total_weight(pool)
  for i = 1, n do
    local b = pick(pool, nil, ctx)
    counts[b] = (counts[b] or 0) + 1
    for _, other in ipairs(pool) do
      worst = math.max(worst, math.abs((counts[other] or 0) - i * other.weight / total))
    end
  end
  return worst
end

describe("earliest deadline first", function()
  it("gives everybody exactly his weight in every round", function()
    local pool = pools.of_weights { 5, 1, 1 }
    local pick, ctx = edf().pick, testing.ctx()
    for _ = 1, 10 do
      assert.same({ a = 50, b = 10, c = 10 }, testing.shares(pick, 70, pool, ctx))
    end
  end)

  it("is never far from the weights, not even for a moment", function()
    pools.each(function(pool, random)
      local ctx = testing.ctx { seed = random(1000) }
      assert.is_true(worst_deviation(edf().pick, pool, ctx, total_weight(pool)) <= 2)
    end)
  end)

  it("gives everybody a turn in any n choices and one where weights are equal", function()
    local pool, pick, ctx = crowd.backends(300), edf().pick, testing.ctx()
    for _ = 1, 3 do
      local shares = testing.shares(pick, 300, pool, ctx)
      for id, n in pairs(shares) do
        if n ~= 1 then error(("%s had %d turns"):format(id, n)) end
      end
    end
  end)

  it("begins anywhere, not with the heaviest", function()
    local firsts = {}
    for seed = 1, 60 do
      local b = edf().pick(pools.of_weights { 2, 1 }, nil, testing.ctx { seed = seed * 7919 })
      firsts[b.id] = true
    end
    assert.same({ a = true, b = true }, firsts)
  end)

  it("gives those who come neither a burst nor a famine", function()
    pools.each(function(pool, random)
      local pick, ctx = edf().pick, testing.ctx { seed = random(1000) }
      local few = { table.unpack(pool, 1, random(#pool)) }
      for _ = 1, random(100) do pick(few, nil, ctx) end
      local again = { table.unpack(pool) }
      assert.is_true(worst_deviation(pick, again, ctx, total_weight(pool)) <= 2)
    end)
  end)

  it("follows a weight that changes", function()
    local pool, pick, ctx = pools.of_weights { 1, 1 }, edf().pick, testing.ctx()
    testing.shares(pick, 10, pool, ctx)
    pool[1].weight = 4
    assert.near(40, testing.shares(pick, 50, pool, ctx).a, 1)
  end)

  it("counts second attempts", function()
    local pool, pick, ctx = pools.equal(3), edf().pick, testing.ctx()
    local counts = { a = 0, b = 0, c = 0 }
    for _ = 1, 300 do
      ctx.attempt = 1
      local b = pick(pool, nil, ctx)
      counts[b.id], ctx.attempt = counts[b.id] + 1, 2
      local rest = {}
      for _, other in ipairs(pool) do
        if other ~= b then rest[#rest + 1] = other end
      end
      b = pick(rest, nil, ctx)
      counts[b.id] = counts[b.id] + 1
    end
    for _, n in pairs(counts) do assert.near(200, n, 2) end
  end)
end)
