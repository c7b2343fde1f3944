-- Functions that wait, run in a time of their own.

local luaproxy = require "luaproxy"
local testing = require "luaproxy.testing"

describe("a function that waits", function()
  it("gives what it returns", function()
    assert.same({ 1, 2 }, { testing.run(function() return 1, 2 end) })
    assert.is_nil(testing.run(function() end))
  end)

  it("sleeps without losing time", function()
    local ctx = testing.ctx()
    local seen = testing.run(function()
      luaproxy.sleep(2)
      luaproxy.sleep(0.5)
      return { luaproxy.now(), ctx.now }
    end, { now = 100, ctx = ctx })
    assert.same({ 102.5, 102.5 }, seen)
    assert.equal(102.5, ctx.now)
  end)

  it("asks the servers of the test", function()
    local asked = {}
    local function http(url, options)
      asked[#asked + 1] = options.method .. " " .. url
      if url == "http://b/" then return nil, "connection refused" end
      return { status = 200, headers = {}, body = "ann" }
    end
    local body, why = testing.run(function()
      local a = luaproxy.http "http://a/"
      local b, message = luaproxy.http("http://b/", { method = "POST", body = "x" })
      assert(b == nil)
      return a.body, message
    end, { http = http })
    assert.same({ "ann", "connection refused" }, { body, why })
    assert.same({ "GET http://a/", "POST http://b/" }, asked)
  end)

  it("finds no server where the test has none", function()
    local response, why = testing.run(function() return luaproxy.http "http://a/" end)
    assert.is_nil(response)
    assert.matches("no server for http://a/", why)
  end)

  it("is left alone when the time is up, or when it waits without end", function()
    local turns = 0
    testing.run(function()
      while true do
        turns = turns + 1
        luaproxy.sleep(10)
      end
    end, { seconds = 60 })
    assert.equal(7, turns)
    assert.has_error(function()
      testing.run(function() while true do luaproxy.http "http://a/" end end)
    end, "it has waited 10000 times")
  end)

  it("fails as it fails", function()
    local ok, why = pcall(testing.run, function()
      luaproxy.sleep(1)
      error "no"
    end)
    assert.is_false(ok)
    assert.matches("run_spec.lua:%d+: no", why)
    ok, why = pcall(testing.run, function() coroutine.yield(1) end)
    assert.is_false(ok)
    assert.matches("it has yielded, but not to wait", why)
  end)

  it("leaves the library as it was", function()
    local before = { luaproxy.sleep, luaproxy.http, luaproxy.now }
    testing.run(function() luaproxy.sleep(1) end)
    pcall(testing.run, function() error "no" end)
    assert.same(before, { luaproxy.sleep, luaproxy.http, luaproxy.now })
    assert.is_false((pcall(luaproxy.sleep, 1)))
  end)
end)
