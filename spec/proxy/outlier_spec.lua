-- Passive health: who is left out for what requests have met at him, and how he comes back.

local kit = require "spec.support.kit"
local load = require "spec.support.load"

local SCRIPT = [[
  return { listen = "127.0.0.1:0", backends = { %s }, retry = { tries = 1 }, %s,
    outlier = { errors = 5, samples = 10, every = 60, eject = 60, %s } }
]]

-- A proxy before these backends, with no checks unless KEYS have some.
local function proxy_before(backends, outlier, keys)
  local addrs = {}
  for i, backend in ipairs(backends) do
    addrs[i] = ("{ %q, id = %q }"):format(backend.addr, backend.name)
  end
  return kit.proxy { table.concat(addrs, ", "), keys or "health = false", outlier or "",
    script = SCRIPT }
end

-- The names of those who answer N requests, with how many each.
local function shares(proxy, n)
  local counts = {}
  for _ = 1, n do
    local name = proxy:get("/").fields["x-backend"] or "-"
    counts[name] = (counts[name] or 0) + 1
  end
  return counts
end

local function answer(status)
  return function() return { status = status } end
end

-- Answers after so many seconds.
local function answer_late(seconds)
  return function()
    local due = kit.now() + seconds
    kit.until_true(function() return kit.now() >= due end)
    return {}
  end
end

describe("a backend is left out", function()
  local a, b, c

  before_each(function() a, b, c = table.unpack(kit.backends(3)) end)
  after_each(kit.cleanup)

  for _, status in ipairs { 502, 503, 504 } do
    it("once five requests running have met " .. status, function()
      a.handler = answer(status)
      local proxy = proxy_before { a, b, c }
      assert.same({ a = 5, b = 5, c = 5 }, shares(proxy, 15))
      proxy:wait_line "warn +backend a is out for 6%d%.%d s: 5 failures running"
      assert.same({ b = 5, c = 5 }, shares(proxy, 10))
    end)
  end

  for what, handler in pairs {
    resets = function(_, conn) conn:reset() end,
    closes = function(_, conn) conn:close() end,
    ["answers nonsense"] = function(_, conn) conn:send "what?\r\n\r\n" end,
  } do
    it("once it " .. what .. " five times running", function()
      a.handler = handler
      local proxy = proxy_before { a, b, c }
      assert.same({ ["-"] = 5, b = 10, c = 10 }, shares(proxy, 20 + 5))
    end)
  end

  it("once it refuses five times running", function()
    local proxy = proxy_before { a, b, c }
    a:stop()
    assert.same({ ["-"] = 5, b = 10, c = 10 }, shares(proxy, 20 + 5))
  end)

  it("once more than half of its answers are bad, and there are enough", function()
    local n = 0
    a.handler = function()
      n = n + 1
      return { status = n % 3 == 0 and 200 or 503 }
    end
    local proxy = proxy_before { a, b, c }
    assert.same({ a = 10, b = 10, c = 10 }, shares(proxy, 30))
    proxy:wait_line "backend a is out for .* too many of its attempts have failed"
    assert.same({ b = 5, c = 5 }, shares(proxy, 10))
  end)

  it("if it works, but takes much longer than the others", function()
    a.handler = answer_late(0.1)
    local proxy = proxy_before({ a, b, c }, "every = 0.5, samples = 5")
    local clients = load.start(proxy, { clients = 6 })
    proxy:wait_line "backend a is out for .* it takes 0%.%d+ s on average, others 0%.%d+ s"
    clients:wait_answers(100)
    clients.shares = {}
    clients:wait_answers(100)
    assert.is_nil(clients.shares.a)
    assert.same({}, clients:stop().failed)
  end)

  it("for as long as the policy of a script is asked, too", function()
    a.handler = answer(503)
    local proxy = proxy_before({ a, b }, "", [[health = false,
      pick = function(up, req, ctx) print(#up, #ctx.all, ctx.all[1].up) return up[1] end]])
    assert.same({ a = 5, b = 1 }, shares(proxy, 6))
    for _ = 1, 5 do assert.equal("2 2 true", (proxy:wait_line "script: (.*)")) end
    assert.equal("1 2 true", (proxy:wait_line "script: (.*)"))
  end)

  it("and keeps the requests that it has", function()
    local held
    a.handler = function(request, conn)
      if request.target ~= "/held" then return { status = 503 } end
      held = conn
    end
    local proxy = proxy_before { a, b }
    local client = proxy:connect()
    client:send(kit.request { target = "/held" })
    kit.until_true(function() return held end)
    shares(proxy, 15)
    proxy:wait_line "backend a is out"
    held:send(kit.response { body = "at last" })
    assert.equal("at last", client:read_message().body)
  end)
end)

describe("a backend is not left out", function()
  local a, b, c

  before_each(function() a, b, c = table.unpack(kit.backends(3)) end)
  after_each(kit.cleanup)

  for _, status in ipairs { 404, 429, 500, 501 } do
    it("for " .. status .. ", which a client may know how to get", function()
      a.handler = answer(status)
      local proxy = proxy_before { a, b, c }
      assert.same({ a = 30, b = 30, c = 30 }, shares(proxy, 90))
    end)
  end

  it("for four failures, an answer, and four more", function()
    local n = 0
    a.handler = function()
      n = n + 1
      return { status = n % 5 == 0 and 200 or 503 }
    end
    local proxy = proxy_before({ a, b, c }, "samples = 100")
    assert.same({ a = 20, b = 20, c = 20 }, shares(proxy, 60))
  end)

  it("for clients that leave", function()
    a.handler = function() end
    local proxy = proxy_before { a, b }
    for i = 1, 20 do
      local client = proxy:connect()
      client:send(kit.request {})
      kit.until_true(function() return #a.requests + #b.requests == i end)
      client:reset()
    end
    proxy:stop()
    assert.equal(0, #proxy:lines "is out")
  end)

  it("if it is the only one", function()
    a.handler = answer(503)
    local proxy = proxy_before { a }
    assert.same({ a = 30 }, shares(proxy, 30))
  end)

  it("if half of the pool is out already", function()
    local d = kit.backend { name = "d" }
    for _, backend in ipairs { a, b, c, d } do backend.handler = answer(503) end
    local proxy = proxy_before { a, b, c, d }
    shares(proxy, 100)
    assert.equal(2, #proxy:lines "is out")
    assert.equal(0, #proxy:lines "panics")
  end)

  it("where that is switched off", function()
    a.handler = answer(503)
    local proxy = kit.proxy { a, b, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s", "%s" }, outlier = false }
    ]] }
    assert.same({ a = 30, b = 30 }, shares(proxy, 60))
  end)
end)

describe("a backend that was left out", function()
  local a, b, proxy

  -- Has a fail until it is out.
  local function leave_a_out(outlier, keys)
    a, b = table.unpack(kit.backends(2))
    a.handler = answer(503)
    proxy = proxy_before({ a, b }, outlier, keys)
    shares(proxy, 10)
    proxy:wait_line "backend a is out"
    a.handler = nil
  end

  after_each(kit.cleanup)

  it("comes back by itself", function()
    leave_a_out "eject = 0.2, slow_start = 0"
    assert.equal("b", proxy:get("/").body)
    kit.until_true(function() return proxy:get("/").body == "a" end, "an answer of a")
    proxy:wait_line "info +backend a is back"
    assert.same({ a = 20, b = 20 }, shares(proxy, 40))
  end)

  it("is out for longer the next time", function()
    leave_a_out "eject = 0.2, slow_start = 0"
    a.handler = answer(503)
    kit.until_true(function()
      proxy:get "/"
      return #proxy:lines "backend a is out" == 2
    end, "another ejection")
    assert.equal(1, #proxy:lines "backend a is out for 0%.4 s")
  end)

  it("gets little at first", function()
    leave_a_out "eject = 0.05, slow_start = 3600"
    kit.until_true(function() return shares(proxy, 1).a end, "an answer of a")
    local share = shares(proxy, 400).a
    assert.is_true(5 <= share and share <= 80, share .. " of 400")
  end)

  it("gets little at first of what a script gives it", function()
    leave_a_out("eject = 0.05, slow_start = 3600",
      "health = false, pick = function(up) return up[1] end")
    kit.until_true(function() return shares(proxy, 1).a end, "an answer of a")
    local share = shares(proxy, 400).a
    assert.is_true(15 <= share and share <= 80, share .. " of 400")
  end)

  it("does not come back for checks that go on ending well", function()
    leave_a_out("", "health = { every = 0.02, rise = 1 }")
    local checks = a.connections
    kit.until_true(function() return a.connections > checks + 5 end, "checks")
    assert.same({ b = 10 }, shares(proxy, 10))
  end)

  it("comes back when checks have found it down, and up again", function()
    leave_a_out("", "health = { every = 0.02, rise = 1, fall = 1 }")
    a:stop()
    proxy:wait_line "a is DOWN"
    a:start()
    proxy:wait_line "a is UP"
    proxy:wait_line "a is UP"
    assert.same({ a = 10, b = 10 }, shares(proxy, 20))
  end)
end)

describe("panic", function()
  after_each(kit.cleanup)

  it("is to use all that are there while less than half of them are fit", function()
    local status, backends = 500, kit.backends(3)
    for i = 1, 2 do
      backends[i].handler = function(request)
        return { status = request.target == "/check" and status or 200 }
      end
    end
    local proxy = proxy_before(backends, "", "health = { path = '/check', every = 0.05 }")
    assert.same({ a = 10, b = 10, c = 10 }, shares(proxy, 30))
    proxy:wait_line("warn +pool default panics: 1 of 3 backends are fit, so all that are there " ..
      "are used: 3")
    status = 200
    proxy:wait_line "a is UP"
    proxy:wait_line "b is UP"
    kit.until_true(function()
      proxy:get "/"
      return #proxy:lines "info +pool default panics no more: [23] of 3 backends are fit" > 0
    end)
  end)

  it("is not to use those who are not fit while half of them are", function()
    local a, b = table.unpack(kit.backends(2))
    a.handler = answer(500)
    local proxy = proxy_before({ a, b }, "", "health = { path = '/', every = 0.05 }")
    proxy:wait_line "a is DOWN: status 500"
    assert.same({ b = 10 }, shares(proxy, 10))
  end)

  it("is to use those who are out, too", function()
    local a, b = table.unpack(kit.backends(2))
    a.handler = answer(503)
    local proxy = proxy_before({ a, b }, "", "health = { every = 0.02, fall = 1 }")
    shares(proxy, 10)
    proxy:wait_line "a is out"
    a.handler = nil
    b:stop()
    proxy:wait_line "b is DOWN"
    assert.same({ a = 10 }, shares(proxy, 10))
  end)
end)
