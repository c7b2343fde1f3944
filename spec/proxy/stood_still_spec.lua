-- A proxy that stood still for a while: what has come meanwhile has come in time.

local kit = require "spec.support.kit"

local STILL = 0.7   -- seconds, longer than any of these
local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { "%s" }, health = false,
    timeouts = { response = 0.3, stall = 0.3, idle = 0.3, head = 0.3 },
  }
]]

describe("while the proxy stands still", function()
  local backend, proxy, client

  before_each(function()
    backend = kit.listener()
    proxy = kit.proxy { script = SCRIPT, backend }
    client = proxy:connect()
  end)
  after_each(kit.cleanup)

  -- Sends a request, and returns the backend's connection when it has come there.
  local function ask()
    client:send(kit.request {})
    local conn = backend:accept()
    conn:read_head()
    return conn
  end

  -- Lets the proxy stand still, and for longer than it has patience with what FROM sends meanwhile.
  local function stand_still(from, bytes)
    proxy:freeze()
    from:send(bytes)
    client:expect_silence(STILL)
    proxy:thaw()
  end

  it("a response comes in time", function()
    stand_still(ask(), kit.response { body = "in time" })
    assert.equal("in time", client:read_message().body)
    assert.equal(0, #proxy:lines "timed out")
  end)

  it("the rest of a body comes in time", function()
    local server = ask()
    server:send "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nin "
    client:read_until "in "
    stand_still(server, "time")
    client:expect "time"
  end)

  it("the next request comes in time", function()
    local server = ask()
    server:send(kit.response { body = "first" })
    client:read_message()
    stand_still(client, kit.request { target = "/second" })
    assert.equal("/second", server:read_head().target)
  end)

  it("the rest of a head comes in time", function()
    client:send "GET / HTTP/1.1\r\n"
    stand_still(client, "Host: x\r\n\r\n")
    backend:accept():read_head()
  end)
end)
