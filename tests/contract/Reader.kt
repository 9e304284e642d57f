import com.google.gson.Gson
import com.google.gson.JsonArray
import com.google.gson.JsonParser
import java.io.File
import kotlin.reflect.full.memberProperties
import kotlin.reflect.jvm.javaField
import kotlin.system.exitProcess

/** gson leaves null what is missing or is no value of the enum, whatever the type says: here it is noticed. */
fun holes(value: Any?, where: String, found: MutableList<String>) {
    when (value) {
        null -> return
        is Iterable<*> -> value.forEachIndexed { at, one ->
            if (one == null) found.add("$where[$at]")
            holes(one, "$where[$at]", found)
        }
        is Map<*, *> -> value.forEach { (key, one) -> holes(one, "$where.$key", found) }
        else -> {
            if (value is Enum<*> || !value::class.java.name.startsWith("lapor.")) return
            for (property in value::class.memberProperties) {
                val seen = property.javaField?.also { it.isAccessible = true }?.get(value)
                if (seen == null && !property.returnType.isMarkedNullable) found.add("$where.${property.name}")
                holes(seen, "$where.${property.name}", found)
            }
        }
    }
}

/** Arguments: pairs of a package's name and a file of answers: what is not read is printed. */
fun main(arguments: Array<String>) {
    var read = 0
    var bad = 0
    for ((name, file) in arguments.toList().chunked(2)) {
        val serializer = Class.forName("$name.infrastructure.Serializer")
        val gson = serializer.getMethod("getGson").let { it.invoke(serializer.getField("INSTANCE").get(null)) } as Gson
        for (answer in JsonParser.parseString(File(file).readText()) as JsonArray) {
            val told = answer.asJsonObject
            val what = "$name ${told["operation"].asString} ${told["status"]}"
            val found = mutableListOf<String>()
            try {
                val type = Class.forName("$name.models.${told["schema"].asString}")
                holes(gson.fromJson(told["body"], type), told["schema"].asString, found)
            } catch (error: Exception) {
                found.add(error.toString())
            }
            read += 1
            if (found.isNotEmpty()) bad += 1
            for (one in found.take(5)) println("$what: $one")
        }
    }
    println("$read read, $bad of them badly")
    exitProcess(if (bad == 0) 0 else 1)
}
