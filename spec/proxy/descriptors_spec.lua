-- Without another descriptor: who gives one up, who waits, and what is said of it.

local descriptors = require "spec.support.descriptors"
local kit = require "spec.support.kit"
local load = require "spec.support.load"
local scarce = require "spec.support.scarce"
local usage = require "spec.support.usage"

local SCRIPT = [[
  return { listen = "127.0.0.1:0", backends = { "%s", "%s", "%s" } }
]]

local GET = kit.request {}
local LAST = kit.request { fields = { Connection = "close" } }
local OF_PROXY = kit.request { method = "OPTIONS", target = "*", fields = { ["Max-Forwards"] = 0 } }
local BEGUN = "GET / HTTP/1.1\r\n"

local function start(limits)
  local a, b, c = table.unpack(kit.backends(3))
  return kit.proxy { script = SCRIPT, limits = limits, a, b, c }
end

local function connect(proxy, n, bytes)
  local clients = {}
  for i = 1, n do
    clients[i] = proxy:connect()
    if bytes then clients[i]:send(bytes) end
  end
  return clients
end

local function assert_served(client)
  client:send(GET)
  assert.equal(200, client:read_message().status)
end

describe("when descriptors run out", function()
  after_each(kit.cleanup)

  it("everybody who has asked is served, each in his turn", function()
    local proxy = start { nofile = 40 }
    proxy:freeze()
    local clients = connect(proxy, 30, GET)
    proxy:thaw()
    for _, client in ipairs(clients) do assert.equal(200, client:read_message().status) end
    proxy:stop()
    assert.is_true(#proxy:lines "out of file descriptors" <= 1)
    assert.equal(0, #proxy:lines "DOWN")
  end)

  it("load goes on, without a failure", function()
    local proxy = start { nofile = 40 }
    local clients = load.start(proxy, { clients = 8 })
    clients:wait_answers(50)
    local crowd = connect(proxy, 60)
    clients:wait_answers(50)
    for _, client in ipairs(crowd) do client:close() end
    assert_served(proxy:connect())
    assert.same({}, clients:stop().failed)
  end)

  it("kept-open connections to other backends are given up", function()
    local a, b, c = table.unpack(kit.backends(3))
    local proxy = kit.proxy { a, b, c, limits = { nofile = 40 }, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s", "%s", "%s" }, health = false,
        pick = function(up, req) return up[tonumber(req.path:sub(2))] end }
    ]] }
    local clients = connect(proxy, 10)
    for round, backend in ipairs { a, b, c, a, b } do
      local waiting = {}
      backend.handler = function(_, conn) waiting[#waiting + 1] = conn end
      for _, client in ipairs(clients) do
        client:send(kit.request { target = "/" .. (round - 1) % 3 + 1 })
      end
      kit.until_true(function() return #waiting == 10 end, "ten requests at once")
      for _, conn in ipairs(waiting) do conn:send(kit.response { body = "x" }) end
      for _, client in ipairs(clients) do assert.equal("x", client:read_message().body) end
    end
  end)

  it("nothing spins: the proxy sleeps while nobody can be accepted", function()
    local proxy = start { nofile = 40 }
    local clients = connect(proxy, 60, BEGUN)
    proxy:wait_line "warn +out of file descriptors: %d+ clients, others wait$"
    assert.is_true(usage.cpu(proxy, 0.2) <= 0.25)
    clients[60]:expect_silence(0)
  end)

  it("of 400 clients those who are in are served, and all others when they have left", function()
    local proxy = start { nofile = 256 }
    local clients = connect(proxy, 400, BEGUN)
    local crowd = tonumber((proxy:wait_line "out of file descriptors: (%d+) clients, others wait"))
    assert.is_true(crowd > 80)
    assert.is_true(usage.cpu(proxy, 0.5) < 0.1)
    for _, client in ipairs(clients) do
      client:send "Host: x\r\nConnection: close\r\n\r\n"
    end
    for _, client in ipairs(clients) do assert.equal(200, client:read_message().status) end
    proxy:stop()
    assert.equal(1, #proxy:lines "others wait")
    assert.equal(0, #proxy:lines "DOWN")
  end)
end)

describe("when the whole system has none left", function()
  after_each(kit.cleanup)

  it("who comes waits, who is there is answered, and nothing spins", function()
    local orders = scarce.new()
    local proxy = kit.proxy { kit.backend(), env = orders.env, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s" }, health = false }
    ]] }
    local client = proxy:connect()
    assert_served(client)
    orders:fail { call = "accept4", errno = "ENFILE", forever = true }
    local waiting = connect(proxy, 20, GET)
    proxy:wait_line "warn +out of file descriptors or memory: accepting pauses"
    assert.is_true(usage.cpu(proxy, 0.5) < 0.1)
    assert_served(client)
    orders:stop()
    for _, one in ipairs(waiting) do assert.equal(200, one:read_message().status) end
  end)
end)

describe("for a new client", function()
  after_each(kit.cleanup)

  it("kept-open connections to backends are given up", function()
    local backends, addrs, waiting = kit.backends(10), {}, {}
    for i, backend in ipairs(backends) do
      addrs[i] = ("%q"):format(backend.addr)
      backend.handler = function(_, conn) waiting[#waiting + 1] = conn end
    end
    local proxy = kit.proxy { limits = { nofile = 64 }, table.concat(addrs, ", "), script = [[
      return { listen = "127.0.0.1:0", backends = { %s }, health = false,
        pick = function(up, req) return up[tonumber(req.path:sub(2))] end }
    ]] }
    local clients = connect(proxy, 8)
    for n = 1, #backends do      -- 8 times 10 connections: more than there can be
      waiting = {}
      for _, client in ipairs(clients) do client:send(kit.request { target = "/" .. n }) end
      kit.until_true(function() return #waiting == #clients end, "eight requests at once")
      for _, conn in ipairs(waiting) do conn:send(kit.response { body = "x" }) end
      for _, client in ipairs(clients) do assert.equal("x", client:read_message().body) end
    end
    for _, backend in ipairs(backends) do backend.handler = nil end
    for n = 1, 10 do
      clients[#clients + 1] = proxy:connect()
      clients[#clients]:send(kit.request { target = "/" .. n })
      assert.equal(200, clients[#clients]:read_message({ timeout = 1 }).status)
    end
    proxy:stop()
    assert.same({}, proxy:lines "descriptors")
    assert.same({}, proxy:lines "accepting")
  end)
end)

describe("without a descriptor for a connection to a backend", function()
  local a, b, proxy, client

  before_each(function()
    a, b = table.unpack(kit.backends(2))
    proxy = kit.proxy { a, b, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s", "%s" }, health = false }
    ]] }
    client = proxy:connect()
    client:send(OF_PROXY)
    client:read_message()
  end)
  after_each(kit.cleanup)

  it("a request is answered 503, and with the next descriptor the next is served", function()
    descriptors.leave(proxy, 0)
    for _, request in ipairs { {}, { method = "POST", body = "" }, { method = "HEAD" } } do
      client:send(kit.request(request))
      assert.equal(503, client:read_message({ head_of = request.method }).status)
    end
    assert.same({ 0, 0 }, { a.connections, b.connections })
    descriptors.give_back(proxy)
    assert_served(client)
  end)

  it("no backend is blamed, and nothing is called a retry", function()
    descriptors.leave(proxy, 0)
    client:send(GET)
    client:read_message()
    proxy:stop()
    assert.same({}, proxy:lines "backend 127")
    assert.same({}, proxy:lines "retry")
    assert.equal("0", proxy:lines "stopped: .* (%d+) retries,"[1])
  end)

  it("that there is none is said, but not for every request", function()
    descriptors.leave(proxy, 0)
    local began = kit.now()
    client:post(GET:rep(200))
    for _ = 1, 200 do client:read_message() end
    proxy:wait_line "warn +.*descriptors"
    assert.is_true(#proxy:lines "descriptors" <= 1 + kit.now() - began)
  end)

  it("a kept-open one to another backend is given up", function()
    assert_served(client)
    descriptors.leave(proxy, 0)
    for _ = 1, 4 do assert_served(client) end
    assert.same({ 3, 2 }, { a.connections, b.connections })
  end)
end)

describe("when nobody more can be accepted", function()
  local proxy

  -- Which line of the log is the Nth that matches.
  local function place_of(pattern, n)
    for place, line in ipairs(proxy:lines()) do
      if line:find(pattern) then n = n - 1 end
      if n == 0 then return place end
    end
  end

  after_each(kit.cleanup)

  it("that is said once, and that it goes on when nobody waits any more", function()
    proxy = kit.proxy { kit.backend(), script = [[
      return { listen = "127.0.0.1:0", backends = { "%s" }, health = false, pick = function() end }
    ]] }
    proxy:freeze()
    descriptors.leave(proxy, 1)
    local holder = connect(proxy, 1, BEGUN)[1]
    local clients = connect(proxy, 5, LAST)
    proxy:thaw()
    proxy:wait_line "warn +out of file descriptors or memory: accepting pauses"
    clients[1]:expect_silence(0.25)
    holder:close()
    for _, client in ipairs(clients) do
      assert.equal(503, client:read_message().status)
      client:expect_eof()
    end
    proxy:wait_line "info +accepting goes on$"
    proxy:stop()
    assert.same({ 1, 1 }, { #proxy:lines "accepting pauses", #proxy:lines "accepting goes on" })
    assert.is_true(place_of("access", 4) < place_of("accepting goes on", 1))
  end)
end)
