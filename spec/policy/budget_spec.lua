-- policy.budget: retries are a share of the requests, and some besides.

local budget = require "luaproxy.policy.budget"
local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local function first(up) return up[1] end

-- A budget, its context, and how many of N picks of this attempt are granted.
local function house(given)
  local policy, ctx = budget(first, given), testing.ctx { now = 1000 }
  local pool, request = pools.equal(2), testing.request()
  return function(n, attempt)
    local granted = 0
    ctx.attempt = attempt
    for _ = 1, n do
      if policy.pick(pool, request, ctx) then granted = granted + 1 end
    end
    return granted
  end, ctx
end

describe("the retry budget", function()
  it("grants what Finagle grants: a fifth of the requests, and ten a second of ten", function()
    local pick = house { share = 0.2, floor = 10, window = 10 }
    assert.equal(1000, pick(1000, 1))
    assert.equal(300, pick(1000, 2))
  end)

  it("grants a fifth of the requests, and three a second, unless told otherwise", function()
    local pick = house()
    pick(500, 1)
    assert.equal(130, pick(1000, 2))
  end)

  it("is exactly the share where there is no floor", function()
    for _, case in ipairs { { 100, 20 }, { 4, 0 }, { 5, 1 }, { 9, 1 }, { 10, 2 } } do
      local pick = house { floor = 0 }
      pick(case[1], 1)
      assert.equal(case[2], pick(100, 2), case[1])
    end
  end)

  it("counts third attempts, too", function()
    local pick = house { floor = 0 }
    pick(100, 1)
    assert.equal(10, pick(10, 2))
    assert.equal(10, pick(20, 3))
  end)

  it("is never exceeded in any window, whatever happens", function()
    local random = testing.random(7)
    local pick, ctx = house { floor = 1, window = 5 }
    local events = {}
    local within = true
    for _ = 1, 500 do
      ctx.now = ctx.now + random() * 0.2
      local attempt = random(2)
      local granted = pick(1, attempt) == 1
      events[#events + 1] = { at = math.floor(ctx.now), retry = attempt == 2, granted = granted }
      local requests, retries = 0, 0
      for i = #events, 1, -1 do
        local e = events[i]
        if e.at <= math.floor(ctx.now) - 5 then break end
        requests = requests + (e.retry and 0 or 1)
        retries = retries + (e.retry and e.granted and 1 or 0)
      end
      if attempt == 2 and granted then within = within and retries <= 0.2 * requests + 5 end
    end
    assert.is_true(within)
  end)

  it("is whole again when the window has passed, however long nobody came", function()
    local pick, ctx = house { floor = 2 }
    assert.equal(20, pick(100, 2))
    ctx.now = ctx.now + 9
    assert.equal(0, pick(10, 2))
    ctx.now = ctx.now + 1
    assert.equal(20, pick(100, 2))
    ctx.now = ctx.now + 1e6
    assert.equal(20, pick(100, 2))
  end)

  it("says why it grants nothing, and leaves the choice to the policy within", function()
    local policy = budget(function(up) return up[2], "reason" end, { floor = 0 })
    local pool = pools.equal(2)
    local b, why = policy.pick(pool, testing.request(), testing.ctx { now = 1 })
    assert.equal(pool[2], b)
    assert.equal("reason", why)
    b, why = policy.pick(pool, testing.request(), testing.ctx { now = 1, attempt = 2 })
    assert.is_nil(b)
    assert.equal("no retries left", why)
  end)

  it("complains about options that it does not know", function()
    assert.has_error(function() budget(first, { percent = 20 }) end)
  end)
end)
