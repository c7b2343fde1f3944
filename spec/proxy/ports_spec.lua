-- Without another local port for a connection to a backend.

local kit = require "spec.support.kit"
local scarce = require "spec.support.scarce"

local SCRIPT = [[
  return { listen = "127.0.0.1:0", backends = { "%s", "%s" }, health = false }
]]

-- A network of its own with these ports, where the rest of the line runs.
local FEW_PORTS = [[
  ip link set lo up && echo 40000 40015 > /proc/sys/net/ipv4/ip_local_port_range && exec "$@"
]]

describe("when local ports are used up", function()
  after_each(kit.cleanup)

  it("requests are answered 503, no backend is blamed, and it is said once a second", function()
    local orders = scarce.new()
    local a, b = table.unpack(kit.backends(2))
    local proxy = kit.proxy { script = SCRIPT, env = orders.env, a, b }
    orders:fail { call = "connect", errno = "EADDRNOTAVAIL", forever = true }
    local client, began = proxy:connect(), kit.now()
    for _ = 1, 50 do
      client:send(kit.request {})
      assert.equal(503, client:read_message().status)
    end
    local calls = orders:stop()
    assert.equal(50, calls) -- there is no second try
    client:send(kit.request {})
    assert.equal(200, client:read_message().status)
    assert.is_true(#proxy:lines "warn +out of local ports: no connection to a backend"
      <= 1 + kit.now() - began)
    proxy:signal "sigusr1"
    for _, backend in ipairs { a, b } do
      proxy:wait_line("backend " .. backend.addr .. ": up, 0 in flight, 0 failed running")
    end
    assert.same({}, proxy:lines "retry$")
  end)

  it("and there are really none, those who have one go on", function()
    local _, out, err = kit.run {
      "unshare", "--net", "--map-root-user", "sh", "-c", FEW_PORTS, "sh", "lua5.4", "-e",
      'package.path = "./?.lua;lua/?.lua;" .. package.path', "spec/support/few_ports.lua",
      timeout = 20,
    }
    assert.equal("all is well\n", out, err)
  end)
end)
