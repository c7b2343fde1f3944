-- scripts/weighted.lua: smooth weighted round robin, as nginx has it.

local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local SCRIPT = "scripts/weighted.lua"

local function total_weight(pool)
  local sum = 0
  for _, b in ipairs(pool) do sum = sum + b.weight end
  return sum
end

-- How far the counts are from what the weights promise, at most, after N choices altogether.
local function worst_deviation(counts, pool, n)
  local worst, total = 0, total_weight(pool)
  for i = 1, #pool do
    local off = (counts[pool[i].id] or 0) - n * pool[i].weight / total
    worst = worst < off and off or worst < -off and -off or worst
  end
  return worst
end

-- The same for each moment of N choices.
local function follow(pick, pool, n)
  local counts, worst = {}, 0
  for i = 1, n do
    local b = pick(pool)
    counts[b.id] = (counts[b.id] or 0) + 1
    worst = math.max(worst, worst_deviation(counts, pool, i))
  end
  return worst
end

describe("smooth weighted round robin", function()
  for _, golden in ipairs {
    { "a a b a c a a", 5, 1, 1 },
    { "a b c a b a c b a", 4, 3, 2 },
    { "d c b d a c d b c d", 1, 2, 3, 4 },
    { "a b c", 1, 1, 1 },
    { "a a a a a a a", 7 },
  } do
    local expected, weights = golden[1], { table.unpack(golden, 2) }
    it(("chooses %s for the weights %s"):format(expected, table.concat(weights, ", ")), function()
      local pool = pools.of_weights(weights)
      local round = total_weight(pool)
      assert.equal(expected .. " " .. expected,
        testing.sequence(pools.load(SCRIPT), 2 * round, pool))
    end)
  end

  it("chooses one of those who are up", function()
    pools.each(function(pool)
      pools.choose(pools.load(SCRIPT), pool, 100)
    end)
  end)

  it("gives everybody exactly his weight in every round, wherever it begins", function()
    pools.each(function(pool, random)
      local pick = pools.load(SCRIPT)
      for _ = 1, random(100) do pick(pool) end
      local shares = testing.shares(pick, total_weight(pool), pool)
      for _, b in ipairs(pool) do assert.equal(b.weight, shares[b.id]) end
    end)
  end)

  it("is never far from the weights, not even for a moment", function()
    pools.each(function(pool)
      assert.is_true(follow(pools.load(SCRIPT), pool, 3 * total_weight(pool)) <= 2)
    end)
  end)

  it("never chooses the same in runs where others could have a turn", function()
    local pool = pools.of_weights { 10, 10, 10 }
    local sequence = testing.sequence(pools.load(SCRIPT), 300, pool)
    assert.is_nil(sequence:match "(%a) %1 ")
  end)

  it("keeps to the weights of those who are left when some leave", function()
    pools.each(function(pool, random)
      local pick = pools.load(SCRIPT)
      for _ = 1, random(100) do pick(pool) end
      local left = { table.unpack(pool, 1, random(#pool)) }
      local n = 5 * total_weight(left)
      assert.is_true(worst_deviation(testing.shares(pick, n, left), left, n) <= 2)
    end)
  end)

  it("gives those who come back neither a burst nor a famine", function()
    pools.each(function(pool, random)
      local pick = pools.load(SCRIPT)
      for _ = 1, random(100) do pick(pool) end
      for _ = 1, random(100) do pick { table.unpack(pool, 1, random(#pool)) } end
      local n = 5 * total_weight(pool)
      assert.is_true(worst_deviation(testing.shares(pick, n, pool), pool, n) <= 3)
    end)
  end)

  it("follows a weight that changes", function()
    local pool, pick = pools.of_weights { 1, 1 }, pools.load(SCRIPT)
    testing.shares(pick, 10, pool)
    pool[1].weight = 4
    assert.same({ a = 40, b = 10 }, testing.shares(pick, 50, pool))
  end)

  it("is shipped with a first backend that counts for five", function()
    local _, script = pools.load(SCRIPT, ":1", "x:1", "y:1", "z:1")
    assert.same({ ":1", { { "x:1", weight = 5 }, "y:1", "z:1" } },
      { script.listen, script.backends })
  end)
end)
