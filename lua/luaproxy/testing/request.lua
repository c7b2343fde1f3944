--- Requests as a script sees them: names of headers in any case, nothing to be written but what
-- the hooks may write, and that with the checks of the proxy.

local message = require "luaproxy.testing.message"
local options = require "luaproxy.testing.options"

local DEFAULTS = {
  method = "GET", path = "/", query = "", host = "localhost", id = "1", headers = {}, cookies = {},
  client = {}, backend = options.NONE, writable = false,
}

-- "a=1; b=2", in the order of the names.
local function cookie_text(cookies)
  local pairs_of = {}
  for name, value in pairs(cookies) do
    pairs_of[#pairs_of + 1] = ("%s=%s"):format(name, value)
  end
  table.sort(pairs_of)
  return table.concat(pairs_of, "; ")
end

-- The first cookie of this name in the text of a field.
local function find_cookie(text, wanted)
  for pair in text:gmatch "[^;]+" do
    local name, value = pair:match "^%s*([^=]*)=(.-)%s*$"
    if name == wanted then return value end
  end
end

-- What is read is looked up by GET, and by CALL if it is called; nothing can be written.
local function view(get, call)
  return setmetatable({}, {
    __index = function(_, key) return get(key) end,
    __call = call and function(_, key) return call(key) end,
    __newindex = function() error("a request cannot be changed here", 2) end,
    __metatable = "request",
  })
end

-- How the fields of a request are assigned that a hook may assign, or nil.
local function writers(fields, headers)
  local function assign(name, pattern, what)
    return function(value)
      if type(value) ~= "string" or not value:find(pattern) then
        error(("req.%s must be %s"):format(name, what), 3)
      end
      fields[name] = value
      if name == "host" then headers.host = value end
    end
  end
  return {
    path = assign("path", "^/[\x21-\x22\x24-\x3e\x40-\x7e]*$",
      "a text that begins with / and has no blanks, ? or #"),
    query = assign("query", "^[\x21-\x22\x24-\x7e]*$", "a text without blanks or #"),
    host = assign("host", "^[%w%-._~%[%]:%%!$&'()*+,;=]+$", "the name of a host"),
  }
end

local function writable(fields, headers)
  local write = writers(fields, headers)
  return setmetatable({}, {
    __index = fields,
    __newindex = function(_, key, value)
      if not write[key] then
        error(("req.%s cannot be assigned"):format(tostring(key)), 2)
      end
      write[key](value)
    end,
    __metatable = "request",
  })
end

local request = { DEFAULTS = DEFAULTS }

--- The same request where nothing can be assigned, for all that comes after the request hook.
-- @tparam table req one that is writable
-- @tparam ?table backend the backend's table, for response hooks
-- @treturn table
function request.seen(req, backend)
  local headers = view(function(name) return req.headers[name] end,
    function(name) return req.headers(name) end)
  return view(function(key)
    if key == "headers" then return headers end
    if key == "backend" then return backend end
    return req[key]
  end)
end

--- A request as the script sees it.
-- @tparam ?table given `method` ("GET"), `path` ("/"), `query` (""), `host` ("localhost"), `id`
-- ("1"), `headers`: a map of names to a value or to a list of values, `cookies`: a map of names to
-- values, instead of a header, `client`: a table with `ip` ("127.0.0.1") and `port` (40000),
-- `backend`: the backend's table, for response hooks, `writable`: true makes it one for request
-- hooks, whose path, query, host and headers can be assigned
-- @treturn table
function request.new(given)
  local fields = options.with_defaults(DEFAULTS, given)
  local headers = { host = fields.host }
  if next(fields.cookies) then headers.cookie = cookie_text(fields.cookies) end
  for name, value in pairs(fields.headers) do headers[name:lower()] = value end
  local client = { ip = fields.client.ip or "127.0.0.1", port = fields.client.port or 40000 }
  local can_write = fields.writable

  local all = message.headers(headers, "request")

  fields.writable = nil
  fields.host = message.joined(headers.host)
  fields.cookies = view(function(name) return find_cookie(all.cookie or "", name) end)
  fields.client = view(function(key) return client[key] end)
  if can_write then
    fields.headers = all
    return writable(fields, headers)
  end
  fields.headers = view(function(name) return all[name] end, function(name) return all(name) end)
  return view(function(key) return fields[key] end)
end

return request
