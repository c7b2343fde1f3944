-- scripts/ratelimit.lua: a hundred requests at once, then ten a second for each client.

local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local RATE, BURST = 10, 100

-- A function that lets a client ask at a moment and gives nil or the reply.
local function new_limit()
  local _, script = pools.load "scripts/ratelimit.lua"
  local ctx = testing.ctx()
  return function(now, ip)
    ctx.now = now
    return script.request({ client = { ip = ip or "10.0.0.1" } }, ctx)
  end
end

-- How many of N requests at one moment pass.
local function passed(ask, n, now, ip)
  local count = 0
  for _ = 1, n do
    if not ask(now, ip) then count = count + 1 end
  end
  return count
end

describe("the rate limit", function()
  it("lets a burst pass, and no request more, at whatever time the clock began", function()
    for _, now in ipairs { 0, 0.1, 1 / 3, 1000, 86400 * 365.25 } do
      assert.equal(BURST, passed(new_limit(), 2 * BURST, now))
    end
  end)

  it("says in whole seconds when to come again, and then lets one pass", function()
    local ask = new_limit()
    passed(ask, BURST, 1000)
    local reply = ask(1000)
    assert.equal(429, reply.status)
    assert.equal("1", reply.headers["Retry-After"])
    assert.equal("string", type(reply.body))
    assert.is_nil(ask(1001))
  end)

  it("lets the rate pass for ever, and no more than that", function()
    local ask, count = new_limit(), 0
    passed(ask, BURST, 1000)
    for i = 1, 3000 do
      if not ask(1000 + i / 100) then count = count + 1 end
    end
    assert.near(30 * RATE, count, 1)
    ask = new_limit()
    for i = 1, 1000 do
      if ask(1000 + i / RATE) then error(("request %d was refused"):format(i)) end
    end
  end)

  it("fills the bucket again, up to the burst", function()
    local ask = new_limit()
    passed(ask, BURST, 1000)
    assert.equal(5 * RATE, passed(ask, 2 * BURST, 1005))
    assert.equal(BURST, passed(ask, 2 * BURST, 5000))
  end)

  it("does not count what it has refused", function()
    local ask = new_limit()
    passed(ask, 50 * BURST, 1000)
    assert.equal(RATE, passed(ask, BURST, 1001))
  end)

  it("keeps clients apart", function()
    local ask = new_limit()
    passed(ask, BURST, 1000, "10.0.0.1")
    assert.equal(429, ask(1000, "10.0.0.1").status)
    assert.is_nil(ask(1000, "10.0.0.2"))
    assert.is_nil(ask(1000, "2001:db8::1"))
  end)

  it("forgets whom it has not seen for long, and needs no more than 6 MB", function()
    collectgarbage()
    local before, ask = collectgarbage "count", new_limit()
    passed(ask, BURST + 1, 1000, "first")
    for i = 1, 21000 do ask(1000, "10." .. i) end
    collectgarbage()
    assert.is_true(collectgarbage "count" - before < 6000)
    assert.is_nil(ask(1000, "first"))
  end)
end)
