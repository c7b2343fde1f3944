-- Clients who have connected, but whom the proxy has not accepted yet when it is told to end.

local kit = require "spec.support.kit"

local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { "%s" }, health = false, limits = { connections = %d },
    timeouts = { drain = 10, idle = 30 },
  }
]]

local CLIENTS = 100   -- more than the proxy accepts in one turn

describe("SIGTERM", function()
  local backend, proxy, clients

  local function start(connections)
    backend = kit.backend { name = "a" }
    proxy = kit.proxy { script = SCRIPT, backend, connections or 10000 }
    clients = {}
  end

  local function connect(n, request)
    for _ = 1, n do
      local client = proxy:connect()
      clients[#clients + 1] = client
      if request then client:send(request) end
    end
  end

  local function assert_answered()
    for _, client in ipairs(clients) do
      assert.equal("a", client:read_message().body)
      client:expect_eof()
    end
  end

  after_each(kit.cleanup)

  it("lets those be served who wait to be accepted with a request", function()
    start()
    proxy:freeze()
    connect(CLIENTS, kit.request {})
    proxy:signal "sigterm"
    proxy:thaw()
    assert_answered()
    assert.same({ 0 }, { proxy:wait_exit() })
    proxy:wait_line("stopped: " .. CLIENTS .. " requests")
  end)

  it("closes those who wait to be accepted without a request, and ends", function()
    start()
    proxy:freeze()
    connect(CLIENTS)
    proxy:signal "sigterm"
    proxy:thaw()
    for _, client in ipairs(clients) do client:expect_eof() end
    assert.same({ 0 }, { proxy:wait_exit(2) })
  end)

  it("lets those be served in their turn who wait since there are too many clients", function()
    start(1)
    local waiting
    backend.handler = function(_, conn) waiting = conn end
    connect(1, kit.request {})
    kit.until_true(function() return waiting end)
    backend.handler = nil
    connect(10, kit.request {})
    proxy:signal "sigterm"
    waiting:send(kit.response { body = "a" })
    assert_answered()
    assert.same({ 0 }, { proxy:wait_exit() })
  end)
end)
