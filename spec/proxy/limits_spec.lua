-- Limits on connections and descriptors: who does not fit in waits, and is served in his turn.

local kit = require "spec.support.kit"
local load = require "spec.support.load"

local SCRIPT = [[
  return { listen = "127.0.0.1:0", backends = { %s }, limits = { connections = %d } }
]]

local GET = kit.request {}

local function start(connections, limits)
  local addrs = {}
  for i, backend in ipairs(kit.backends(3)) do addrs[i] = ("%q"):format(backend.addr) end
  return kit.proxy { script = SCRIPT, limits = limits, table.concat(addrs, ", "), connections }
end

local function connect(proxy, n)
  local clients = {}
  for i = 1, n do clients[i] = proxy:connect() end
  return clients
end

local function assert_served(client)
  client:send(GET)
  assert.equal(200, client:read_message().status)
end

describe("limits.connections", function()
  after_each(kit.cleanup)

  it("lets others wait until somebody has gone", function()
    local proxy = start(2)
    local clients = connect(proxy, 4)
    assert_served(clients[1])
    assert_served(clients[2])
    clients[3]:send(GET)
    clients[4]:send(GET)
    proxy:wait_line "warn +limits.connections reached: 2 clients, others wait$"
    clients[3]:expect_silence(0.05)
    clients[1]:close()
    assert.equal(200, clients[3]:read_message().status)
    clients[4]:expect_silence(0.05)
    clients[3]:reset()
    assert.equal(200, clients[4]:read_message().status)
    assert_served(clients[2])
  end)

  it("is said once, however many come and go", function()
    local proxy = start(8)
    local clients = connect(proxy, 8)
    for i = 1, 50 do
      clients[i]:close()
      clients[#clients + 1] = proxy:connect()
      assert_served(clients[#clients])
    end
    assert.equal(1, #proxy:lines "limits.connections reached")
  end)
end)

describe("when descriptors run out", function()
  after_each(kit.cleanup)

  it("those who were accepted are served, the others in their turn; it is said once", function()
    local proxy = start(10000, { nofile = 40 })
    local clients = connect(proxy, 60)
    for _, client in ipairs(clients) do client:post(GET) end
    proxy:wait_line "warn +out of file descriptors: %d+ clients, others wait$"
    for _, client in ipairs(clients) do
      assert.equal(200, client:read_message().status)
      client:close()
    end
    proxy:stop()
    assert.equal(1, #proxy:lines "out of file descriptors")
    assert.equal(0, #proxy:lines "DOWN")
  end)

  it("load goes on, without a failure", function()
    local proxy = start(10000, { nofile = 40 })
    local clients = load.start(proxy, { clients = 8 })
    clients:wait_answers(50)
    local crowd = connect(proxy, 60)
    proxy:wait_line "out of file descriptors"
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
    local proxy = start(10000, { nofile = 40 })
    local clients = connect(proxy, 60)
    proxy:wait_line "out of file descriptors"
    local function ticks()
      local stat = io.open(("/proc/%d/stat"):format(proxy.pid)):read "a"
      local user, system = stat:match("%) " .. ("%S+ "):rep(11) .. "(%d+) (%d+)")
      return user + system
    end
    local before = ticks()
    clients[60]:expect_silence(0.2)
    assert.is_true(ticks() - before <= 5)
  end)
end)

describe("a port in use", function()
  after_each(kit.cleanup)

  it("is named, and nothing is served", function()
    local taken = kit.listener()
    local code, out, err = kit.run { taken, kit.backend(), script = [[
      return { listen = { "127.0.0.1:0", "%s" }, backends = { "%s" } }
    ]] }
    assert.same({ 1, "" }, { code, out })
    assert.matches(("^[^\n]* error +cannot listen on %s %%(port %d%%): Address already in use\n$")
      :format(taken.addr, taken.port), err)
  end)

  it("can be listened at again at once after the proxy has ended", function()
    local proxy = start(10)
    assert_served(proxy:connect())
    proxy:stop()
    proxy = kit.proxy { kit.backend { name = "a" }, proxy.addr, script = [[
      return { backends = { "%s" }, listen = "%s" }
    ]] }
    assert.equal("a", proxy:get("/").body)
  end)
end)
