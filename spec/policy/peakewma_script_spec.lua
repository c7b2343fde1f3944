-- scripts/peakewma.lua: of two backends drawn at random, the one where a request waits less.

local library = require "luaproxy.policy.peakewma"
local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local SCRIPT = "scripts/peakewma.lua"

-- Whom the script takes of two, at the moment 100.
local function better(a, b)
  a.id, b.id, a.ewma_at, b.ewma_at = "a", "b", a.ewma_at or 100, b.ewma_at or 100
  local up = { testing.backend(a), testing.backend(b) }
  local taken = testing.shares(pools.load(SCRIPT), 20, up, testing.ctx { now = 100, all = up })
  assert.is_true(taken.a == 20 or taken.b == 20, "it is not always the same")
  return taken.a == 20 and "a" or "b"
end

describe("the script peakewma", function()
  it("takes the faster one", function()
    assert.equal("b", better({ ewma = 0.2 }, { ewma = 0.1 }))
  end)

  it("takes the slower one if the other has more to do than it is faster", function()
    assert.equal("a", better({ ewma = 0.2 }, { ewma = 0.1, inflight = 2 }))
  end)

  it("counts weights", function()
    assert.equal("a", better({ ewma = 0.2, weight = 3 }, { ewma = 0.1 }))
  end)

  it("forgets in ten seconds", function()
    assert.equal("a", better({ ewma = 0.25, ewma_at = 90 }, { ewma = 0.1 }))
    assert.equal("b", better({ ewma = 0.28, ewma_at = 90 }, { ewma = 0.1 }))
  end)

  it("lets one request at a time find out about who is not known", function()
    assert.equal("b", better({ ewma = 0.001 }, {}))
    assert.equal("a", better({ ewma = 3, inflight = 9 }, { inflight = 1 }))
  end)

  it("chooses as the policy of the library does", function()
    pools.each(function(up, random)
      for _, b in ipairs(up) do b.ewma, b.ewma_at = random(), 100 - random(20) end
      local seed = random(1000)
      assert.equal(
        testing.sequence(library().pick, 20, up, testing.ctx { now = 100, seed = seed }),
        testing.sequence(pools.load(SCRIPT), 20, up, testing.ctx { now = 100, seed = seed }))
    end)
  end)
end)
