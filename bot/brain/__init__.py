"""Everything that runs inside Rasa. The only room that imports rasa; the gateway never imports this one."""
