-- SIGUSR1: how things are, in the log.

local kit = require "spec.support.kit"

local function status_of(proxy)
  proxy:signal "sigusr1"
  proxy:wait_line "status: .* clients"
end

describe("the status", function()
  after_each(kit.cleanup)

  it("has all backends with their facts", function()
    local held
    local a = kit.backend { name = "a", handler = function(_, conn) held = conn end }
    local proxy = kit.proxy { a, kit.backend { name = "b" }, script = [[
      return { listen = "127.0.0.1:0", health = false, retry = { tries = 1 }, pools = {
        slow = { backends = { { "%s", id = "a" } } },
        quick = { backends = { { "%s", id = "b" }, { "127.0.0.1:1", id = "c" } },
                  pick = function(up, req) return up[req.path == "/c" and 2 or 1] end } },
        route = function(req) return req.path == "/a" and "slow" or "quick" end } ]] }
    proxy:connect():send(kit.request { target = "/a" })
    kit.until_true(function() return held end, "the request at a")
    assert.equal("b", proxy:get("/b").body)
    assert.equal(503, proxy:get("/c").status)

    status_of(proxy)
    proxy:wait_line("status: 3 requests, 3 connections, 0 refused requests, 0 queued requests, " ..
      "0 retries, 0 retries not granted, 0 ejections")
    proxy:wait_line "pool quick: 2 of 2 backends up, chosen by the script"
    proxy:wait_line "pool quick, backend b: up, 0 in flight, 0 failed running, latency 0%.%d+ s"
    proxy:wait_line "pool quick, backend c: up, 0 in flight, 1 failed running, latency [01]%.%d+ s"
    proxy:wait_line "pool slow: 1 of 1 backends up, chosen by round robin"
    proxy:wait_line "pool slow, backend a: up, 1 in flight, 0 failed running, latency unknown"
  end)

  it("says who is out, who is gone, and who is only down", function()
    local a, b, c = table.unpack(kit.backends(3))
    c.handler = function() return { status = 500 } end
    local proxy = kit.proxy { a, b, c, script = [[
      return { listen = "127.0.0.1:0", health = false, pools = {
        one = { backends = { { "%s", id = "a" }, { "%s", id = "b" } } },
        two = { health = { path = "/", every = 0.05 },
                backends = { { "%s", id = "c" }, { "127.0.0.1:1", id = "d" } } } },
        route = function() return "one" end } ]] }
    a.handler = function(_, conn) conn:reset() end
    for _ = 1, 10 do proxy:get "/" end
    status_of(proxy)
    proxy:wait_line "status: .* 5 retries, 0 retries not granted, 1 ejections"
    proxy:wait_line "pool one: 1 of 2 backends up, chosen"
    proxy:wait_line "pool one, backend a: out for 1?[90]%.%d s, 0 in flight, 5 failed running"
    proxy:wait_line "pool one, backend b: up,"
    proxy:wait_line "pool two: 0 of 2 backends up, in panic, chosen"
    proxy:wait_line "pool two, backend c: down,"
    proxy:wait_line "pool two, backend d: gone,"
  end)

  it("says what is tripped, until the script is loaded anew", function()
    local proxy = kit.proxy { kit.backend { name = "a" }, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s" }, health = false,
        pick = function() error "no idea" end } ]] }
    for _ = 1, 9 do assert.equal("a", proxy:get("/").body) end
    status_of(proxy)
    proxy:wait_line "status: pool default: 1 of 1"
    assert.equal(0, #proxy:lines "is tripped")
    assert.equal("a", proxy:get("/").body)
    proxy:wait_line "error +pick is tripped and not called any more until the script is loaded anew"
    status_of(proxy)
    proxy:wait_line "status: pick of pool default is tripped"
    proxy:signal "sighup"
    proxy:wait_line "loaded .* anew"
    status_of(proxy)
    proxy:wait_line "status: pool default: 1 of 1"
    assert.equal(1, #proxy:lines "status: pick of pool default is tripped")
  end)

  it("says so of background tasks, too", function()
    local proxy = kit.proxy { kit.backend { name = "a" }, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s" }, health = false,
        every = { [0.02] = function() error "no idea" end } } ]] }
    proxy:wait_line "error +every%[0.02%] is tripped and not called any more"
    status_of(proxy)
    proxy:wait_line "status: every%[0.02%] is tripped"
  end)

  it("has what scripts have counted, over reloads as well", function()
    local proxy = kit.proxy { kit.backend { name = "a" }, script = [[
      local hits = require "luaproxy".counter "hits"
      return { listen = "127.0.0.1:0", backends = { "%s" }, health = false,
        pick = function(up) hits:add() return up[1] end } ]] }
    proxy:get "/"
    proxy:signal "sighup"
    proxy:wait_line "loaded .* anew"
    proxy:get "/"
    status_of(proxy)
    proxy:wait_line "status: counter hits: 2"
  end)
end)
