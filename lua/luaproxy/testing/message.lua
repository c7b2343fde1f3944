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

local PLAIN = { ["nil"] = true, string = true, number = true }

--- Why this field must not get this value, or nil.
-- @tparam string name
-- @param value one text, or nil
-- @tparam string kind "request" or "response"
-- @treturn ?string
function message.objection(name, value, kind)
  if type(name) ~= "string" or not name:find "^[%w!#$%%&'*+%-.^_`|~]+$" then
    return ("%q is not the name of a header"):format(tostring(name))
  elseif OURS[name:lower()] then
    return ("the header %s is the proxy's own"):format(name)
  elseif kind == "request" and name:lower() == "host" then
    return "the header Host cannot be assigned; assign req.host"
  elseif not PLAIN[type(value)] then
    return ("the header %s must be a text, not a %s"):format(name, type(value))
  elseif value and tostring(value):find "[%z\1-\8\10-\31\127]" then
    return ("the header %s must not have control characters"):format(name)
  end
end

-- Why this field must not get this value, which may be a list.
local function objection_to_any(name, value, kind)
  local why = message.objection(name, type(value) ~= "table" and value or nil, kind)
  for _, each in ipairs(type(value) == "table" and value or {}) do
    why = why or message.objection(name, each, kind)
  end
  return why
end

--- Headers that can be read and assigned; a list becomes a field for each value, nil removes.
-- @tparam table fields a map of names in small letters to texts, which is changed
-- @tparam string kind "request" or "response"
-- @treturn table
function message.headers(fields, kind)
  return setmetatable({}, {
    __index = function(_, name) return fields[name:lower()] end,
    __newindex = function(_, name, value)
      local why = objection_to_any(name, value, kind)
      if why then error(why, 2) end
      if type(value) == "table" and #value == 0 then value = nil end
      fields[name:lower()] = value and message.joined(value)
    end,
    __metatable = "headers",
  })
end

return message
