-- Without another descriptor: who gives one up, who waits, and what is said of it.

local kit = require "spec.support.kit"
local load = require "spec.support.load"

local SCRIPT = [[
  return { listen = "127.0.0.1:0", backends = { "%s", "%s", "%s" } }
]]

local GET = kit.request {}
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
    local clients = connect(proxy, 60, GET)
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
