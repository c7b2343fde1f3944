-- scripts/headers.lua: an id for each request, and no headers of insiders from outside.

local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

-- The headers that a backend sees of a request with these headers.
local function asked(headers)
  local _, script = pools.load "scripts/headers.lua"
  local req = testing.request { id = "17", headers = headers, writable = true }
  assert.is_nil(script.request(req, testing.ctx()))
  return req.headers
end

-- The headers that a client sees of a response of the backend b with these headers.
local function answered(headers)
  local _, script = pools.load "scripts/headers.lua"
  local req = testing.request { id = "17", backend = testing.backend { id = "b" } }
  local res = testing.response { headers = headers }
  script.response(res, req, testing.ctx())
  return res.headers
end

describe("the script headers", function()
  it("gives each request its id, which client and backend are told", function()
    assert.equal("17", asked {}["x-request-id"])
    assert.equal("17", answered {}["x-request-id"])
  end)

  it("lets no client choose an id, nor pretend to be an insider, in any case of letters", function()
    local headers = asked { ["x-ReQuest-ID"] = "mine", ["x-internal-USER"] = { "root", "admin" } }
    assert.equal("17", headers["x-request-id"])
    assert.is_nil(headers["x-internal-user"])
  end)

  it("tells the client which backend has answered, whatever that says", function()
    assert.equal("b", answered { ["X-Backend"] = "the best of all" }["x-backend"])
  end)

  it("hides what backends run, and leaves alone what is none of its business", function()
    local headers = answered { Server = "made-up/1.0", ["Set-Cookie"] = "a=b" }
    assert.is_nil(headers.server)
    assert.equal("a=b", headers["set-cookie"])
    assert.equal("text/html", asked { Accept = "text/html" }.accept)
  end)
end)
