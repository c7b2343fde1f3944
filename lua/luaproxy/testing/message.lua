--- What requests and responses have in common: fields that can be assigned, with the checks of the
-- proxy.

local message = {}

-- The proxy answers for these: where a message ends, and what is about one connection only.
local OURS = {
  ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["keep-alive"] = true,
  ["proxy-connection"] = true, ["te"] = true, ["trailer"] = true, ["transfer-encoding"] = true,
  ["upgrade"] = true,
}

--- The texts that stand for one value or for a list of them, joined as the proxy joins fields.
-- @param value
-- @treturn string
function message.joined(value)
  if type(value) ~= "table" then return tostring(value) end
  local texts = {}
  for i, text in ipairs(value) do texts[i] = tostring(text) end
  return table.concat(texts, ", ")
end

--- The values that stand for one, for a list of them, or for none, as a list.
-- @param value
-- @treturn table
function message.values(value)
  return type(value) == "table" and { table.unpack(value) } or { value }
end

--- Why this field must not get this value, or nil.
-- @tparam string name
-- @param value a text, a list of texts, or nil
-- @tparam string kind "request" or "response"
-- @treturn ?string
function message.objection(name, value, kind)
  if type(name) ~= "string" or not name:find "^[%w!#$%%&'*+%-.^_`|~]+$" then
    return ("%q is not the name of a header"):format(tostring(name))
  elseif OURS[name:lower()] then
    return ("the header %s is the proxy's own"):format(name)
  elseif kind == "request" and name:lower() == "host" then
    return "the header Host cannot be assigned; assign req.host"
  end
  for _, text in ipairs(message.values(value)) do
    if type(text) ~= "string" and type(text) ~= "number" then
      return ("the header %s must be a text, not a %s"):format(name, type(text))
    elseif tostring(text):find "[%z\1-\8\10-\31\127]" then
      return ("the header %s must not have control characters"):format(name)
    end
  end
end

--- Headers that can be read and assigned; nil removes. Called with a name they give a list, with
-- an element for each field of that name.
-- @tparam table fields a map of names in small letters to texts or lists of them, which is changed
-- @tparam string kind "request" or "response"
-- @treturn table
function message.headers(fields, kind)
  return setmetatable({}, {
    __index = function(_, name)
      local value = fields[name:lower()]
      return value and message.joined(value)
    end,
    __call = function(_, name) return message.values(fields[name:lower()]) end,
    __newindex = function(_, name, value)
      local why = message.objection(name, value, kind)
      if why then error(why, 2) end
      local values = message.values(value)
      fields[name:lower()] = #values > 0 and values or nil
    end,
    __metatable = "headers",
  })
end

return message
