-- scripts/roundrobin.lua, and backendhost.lua, which chooses alike: every backend gets its turn.

local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

for _, SCRIPT in ipairs { "scripts/roundrobin.lua", "scripts/backendhost.lua" } do
describe("round robin as in " .. SCRIPT, function()
  it("goes through the backends in their order, again and again", function()
    assert.equal("a b c a b c a", testing.sequence(pools.load(SCRIPT), 7, pools.equal(3)))
    assert.equal("a a a", testing.sequence(pools.load(SCRIPT), 3, pools.equal(1)))
  end)

  it("chooses one of those who are up, whoever they are", function()
    pools.each(function(pool)
      pools.choose(pools.load(SCRIPT), pool, 100)
    end)
  end)

  it("gives everybody the same, to one request", function()
    pools.each(function(pool)
      local shares = testing.shares(pools.load(SCRIPT), 100, pool)
      for _, n in pairs(shares) do
        assert.is_true(100 // #pool <= n and n <= 100 // #pool + 1)
      end
    end)
  end)

  it("starves nobody, whatever has been before", function()
    pools.each(function(pool, random)
      local pick = pools.load(SCRIPT)
      for _ = 1, random(50) do pick(pool) end
      local shares = testing.shares(pick, #pool, pool)
      for _, n in pairs(shares) do assert.equal(1, n) end
    end)
  end)

  it("goes on with those who are left when some leave, wherever it was", function()
    pools.each(function(pool, random)
      local pick = pools.load(SCRIPT)
      for _ = 1, random(50) do pick(pool) end
      local left = { table.unpack(pool, 1, random(#pool)) }
      local shares = testing.shares(pick, 3 * #left, left)
      for _, n in pairs(shares) do assert.equal(3, n) end
      shares = testing.shares(pick, 2 * #pool, pool)
      for _, n in pairs(shares) do assert.equal(2, n) end
    end)
  end)

  it("takes no notice of loads and weights", function()
    local pool = pools.of_weights { 1, 9 }
    pool[1].inflight = 1000
    assert.equal("a b a b", testing.sequence(pools.load(SCRIPT), 4, pool))
  end)

  it("is written in less than twenty lines", function()
    local lines = 0
    for _ in io.lines(SCRIPT) do lines = lines + 1 end
    assert.is_true(lines < 20, lines .. " lines")
  end)
end)
end
