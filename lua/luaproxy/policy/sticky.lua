--- A wrapper that sends a client to the backend where it has been before, by a signed cookie.
--
--     local session = sticky(leastconn(), { cookie = "srv", secret = "sixteen bytes or more" })
--     return { listen = …, backends = …, pick = session, response = session.response }
--
-- The cookie is the id of the backend as only those can write it who know the secret (SipHash as a
-- keyed hash): a client can neither choose a backend by guessing nor learn its address. A cookie
-- that means nobody who is up is as good as none: the policy within chooses, and the response
-- tells the client whom.

local hash = require "luaproxy".hash
local memo = require "luaproxy.aid.memo"
local options = require "luaproxy.aid.options"
local wrap = require "luaproxy.aid.wrap"

-- The sixteen bytes that SipHash asks for, of a secret of any length.
local function key_of(secret)
  return string.pack("<i8i8", hash(secret, "sticky: 1st half"), hash(secret, "sticky: 2nd half"))
end

-- Adds a cookie to a response, beside those that the backend sets.
local function add_cookie(headers, cookie)
  local cookies = headers "Set-Cookie"
  cookies[#cookies + 1] = cookie
  headers["Set-Cookie"] = cookies
end

--- Makes the policy; its field `response` is a hook for the response.
-- @tparam function|table p the policy that chooses for those who are new
-- @tparam table given `secret`: at least 16 bytes, the same in every proxy; `cookie`: its name
-- ("srv"), another one for each pool; `attributes` ("Path=/; HttpOnly; SameSite=Lax")
-- @treturn table
local function sticky(p, given)
  p, given = wrap.policy(p), options(given, { "cookie", "secret", "attributes" })
  if type(given.secret) ~= "string" or #given.secret < 16 then
    error("sticky needs a secret of at least 16 bytes", 2)
  end
  local name, key = given.cookie or "srv", key_of(given.secret)
  local attributes = given.attributes or "Path=/; HttpOnly; SameSite=Lax"

  local function mark_of(b)
    return ("%016x"):format(hash(b.id, key))
  end

  local by_mark = memo(function(up)
    local map = {}
    for _, b in ipairs(up) do map[mark_of(b)] = b end
    return map
  end)

  local policy = wrap.around(p, function(up, req, ctx)
    local mark = ctx.attempt == 1 and req.cookies[name]
    local b = mark and by_mark(up, ctx)[mark]
    if b then return b, "sticky" end
    return p.pick(up, req, ctx)
  end)

  function policy.response(res, req, ctx)
    if p.response then p.response(res, req, ctx) end
    local mark = req.backend and mark_of(req.backend)
    if mark and req.cookies[name] ~= mark then
      add_cookie(res.headers, ("%s=%s; %s"):format(name, mark, attributes))
    end
  end

  return policy
end

return sticky
