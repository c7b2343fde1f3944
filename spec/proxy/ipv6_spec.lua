-- Listening for IPv6, and for IPv4 beside it: each has sockets of its own.

local kit = require "spec.support.kit"

local SCRIPT = [[
  return { listen = { %s }, backends = { "%s" }, health = false }
]]

-- Is there an address ::1?
local function has_ipv6()
  local file = io.open "/proc/net/if_inet6"
  local text = file and file:read "a" or ""
  if file then file:close() end
  return text:find(("0"):rep(31) .. "1", 1, true) ~= nil
end

describe("over IPv6", function()
  local it = has_ipv6() and it or pending
  local backend

  -- A proxy that listens at these addresses, and its port, which takes the place of each %d.
  local function start(...)
    local port = kit.closed_port()
    local listens = {}
    for i, at in ipairs { ... } do listens[i] = ("%q"):format(at:format(port)) end
    local list = table.concat(listens, ", ")
    return kit.proxy { script = SCRIPT, listeners = #listens, list, backend }, port
  end

  local function assert_served(host, port)
    local client = kit.connect(("%s:%d"):format(host, port))
    client:send(kit.request {})
    assert.equal("a", client:read_message().body)
  end

  before_each(function() backend = kit.backend { name = "a" } end)
  after_each(kit.cleanup)

  for _, order in ipairs { { ":%d", "[::]:%d" }, { "[::]:%d", ":%d" } } do
    it(("and over IPv4, the same port is served: %s and %s"):format(table.unpack(order)), function()
      local _, port = start(table.unpack(order))
      assert_served("127.0.0.1", port)
      assert_served("[::1]", port)
    end)
  end

  it("alone, nobody is served over IPv4", function()
    local _, port = start "[::]:%d"
    assert_served("[::1]", port)
    assert.error_matches(function() local _ = kit.connect(port) end, "ECONNREFUSED")
  end)

  it("a client is known by its address", function()
    local proxy, port = start "[::1]:%d"
    assert_served("[::1]", port)
    assert.equal("::1", backend:wait_request(1).fields["x-forwarded-for"])
    proxy:wait_line 'access %[::1%]:%d+ "GET / HTTP/1.1" 200 '
  end)
end)
